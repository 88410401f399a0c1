"""What the environment says of Bitbucket. Its Cloud is one place; its API may be behind a proxy."""

from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from handlers.bitbucket.client import PUBLIC_API
from handlers.bitbucket.signature import Verifier
from handlers.provider import Address, ProviderSettings

HOST = "bitbucket.org"


class BitbucketSettings(ProviderSettings):
    model_config = SettingsConfigDict(env_prefix="BITBUCKET_")

    api_url: Address = PUBLIC_API
    token: SecretStr = SecretStr("")
    # Of whose account the token is, if it is a person's API token.
    email: str = ""
    webhook_secret: SecretStr = SecretStr("")
    webhook_secret_previous: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if self.webhook_secret_previous and not self.webhook_secret:
            raise ValueError(
                "BITBUCKET_WEBHOOK_SECRET_PREVIOUS is set without BITBUCKET_WEBHOOK_SECRET: set the new secret too"
            )
        return self

    @property
    def host(self) -> str:
        return HOST

    @property
    def verifier(self) -> Verifier:
        return Verifier(
            webhook_secret=self.webhook_secret.get_secret_value(),
            webhook_secret_previous=self.webhook_secret_previous.get_secret_value(),
        )

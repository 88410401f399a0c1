"""What the environment says of GitHub."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from handlers.github.credentials import read_private_key
from handlers.github.signature import Verifier
from handlers.provider import Address, ProviderSettings


def _private_key(value: SecretStr) -> SecretStr:
    """As PEM, however it was given."""
    return SecretStr(read_private_key(value.get_secret_value()))


class GitHubSettings(ProviderSettings):
    model_config = SettingsConfigDict(env_prefix="GITHUB_")

    webhook_secret: SecretStr = SecretStr("")
    webhook_secret_previous: SecretStr = SecretStr("")
    app_id: str | None = None
    private_key: Annotated[SecretStr, AfterValidator(_private_key)] | None = None
    api_url: Address = "https://api.github.com"

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if self.webhook_secret_previous and not self.webhook_secret:
            raise ValueError(
                "GITHUB_WEBHOOK_SECRET_PREVIOUS is set without GITHUB_WEBHOOK_SECRET: set the new secret too"
            )
        if bool(self.app_id) != bool(self.private_key):
            raise ValueError("GITHUB_APP_ID and GITHUB_PRIVATE_KEY are of one App: set both, or neither")
        return self

    @property
    def host(self) -> str:
        # The public API is at another name; an Enterprise Server's is a path of it.
        return urlsplit(self.api_url).netloc.rpartition("@")[2].lower().removeprefix("api.")

    @property
    def web_url(self) -> str:
        """Where people see it."""
        api = urlsplit(self.api_url)
        return f"{api.scheme}://{api.netloc.removeprefix('api.')}"

    @property
    def verifier(self) -> Verifier:
        return Verifier(
            webhook_secret=self.webhook_secret.get_secret_value(),
            webhook_secret_previous=self.webhook_secret_previous.get_secret_value(),
        )

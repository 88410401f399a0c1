"""What the environment says of GitLab."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from handlers.gitlab.signature import Verifier
from handlers.provider import Address, ProviderSettings
from handlers.standard_webhooks import signing_key


def _signing_token(value: SecretStr) -> SecretStr:
    signing_key(value.get_secret_value())
    return value


class GitLabSettings(ProviderSettings):
    model_config = SettingsConfigDict(env_prefix="GITLAB_")

    url: Address = "https://gitlab.com"
    token: SecretStr | None = None
    webhook_token: SecretStr = SecretStr("")
    webhook_signing_token: Annotated[SecretStr, AfterValidator(_signing_token)] | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()

    @property
    def verifier(self) -> Verifier:
        return Verifier(
            webhook_token=self.webhook_token.get_secret_value(),
            webhook_signing_token=(self.webhook_signing_token or SecretStr("")).get_secret_value(),
        )

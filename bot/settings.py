"""The only reader of the environment. Everything that is wrong is said at once, each with its remedy."""

import base64
import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from handlers.gitlab.signature import signing_key
from storage.database import normalize_url
from storage.embedded import default_data_folder

SHORTEST_SECRET_KEY = 32


class ConfigurationProblem(Exception):
    """One line for each variable that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _postgresql_address(value: SecretStr) -> SecretStr:
    try:
        normalize_url(value.get_secret_value())
    except Exception as problem:
        # Whatever the parser stumbled over: the administrator needs the form, and a reason could show the password.
        raise ValueError("is not an address such as postgresql://user:password@host:5432/name") from problem
    return value


def _signing_token(value: SecretStr) -> SecretStr:
    signing_key(value.get_secret_value())
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http://)")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """The environment, checked. An empty variable is an unset one."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Address | None = None

    # Unset: the embedded PostgreSQL in `data_dir`.
    database_url: Annotated[SecretStr, AfterValidator(_postgresql_address)] | None = None
    data_dir: Path = Field(default_factory=default_data_folder)
    organization: str = Field(default="default", min_length=1, max_length=255)
    secret_key: SecretStr | None = Field(default=None, min_length=SHORTEST_SECRET_KEY)

    github_webhook_secret: SecretStr = SecretStr("")
    github_webhook_secret_previous: SecretStr = SecretStr("")
    github_app_id: str | None = None
    github_private_key: SecretStr | None = None
    github_api_url: Address = "https://api.github.com"

    gitlab_url: Address = "https://gitlab.com"
    gitlab_token: SecretStr | None = None
    gitlab_webhook_token: SecretStr = SecretStr("")
    gitlab_webhook_signing_token: Annotated[SecretStr, AfterValidator(_signing_token)] | None = None

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_api_url: Address = "https://slack.com/api"

    # A token for the JSON API of the default organization.
    api_token: SecretStr | None = None

    kafka_bootstrap_servers: str | None = None
    redis_url: SecretStr | None = None

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def hosts(self) -> dict[str, str]:
        """Where each provider is, as its payloads name it: with the port, if it has one."""
        gitlab = urlsplit(self.gitlab_url).netloc.rpartition("@")[2].lower()
        # GitHub's own API is at another name; an Enterprise Server's is a path of it.
        github = urlsplit(self.github_api_url).netloc.rpartition("@")[2].lower().removeprefix("api.")
        return {"github": github, "gitlab": gitlab}

    @property
    def github_url(self) -> str:
        """Where people see GitHub."""
        api = urlsplit(self.github_api_url)
        return f"{api.scheme}://{api.netloc.removeprefix('api.')}"


def load_settings() -> Settings:
    """Read the environment. Raises `ConfigurationProblem` with everything that is wrong."""
    problems: list[str] = []
    settings: Settings | None = None
    try:
        settings = Settings()
    except ValidationError as error:
        problems += [_sentence(str(detail["loc"][0]), detail["msg"]) for detail in error.errors(include_input=False)]
    if settings and settings.database_url and not settings.secret_key:
        problems.append(
            "SECRET_KEY is not set: with DATABASE_URL every process needs the same one, since it encrypts stored "
            f"secrets. Make one with `openssl rand -hex {SHORTEST_SECRET_KEY}` and keep it."
        )
    if settings and settings.github_webhook_secret_previous and not settings.github_webhook_secret:
        problems.append("GITHUB_WEBHOOK_SECRET_PREVIOUS is set without GITHUB_WEBHOOK_SECRET: set the new secret too.")
    if problems or settings is None:
        raise ConfigurationProblem(problems)
    return settings


def wants_tracebacks() -> bool:
    """Whether errors shall show where they come from; also when the rest of the environment cannot be read."""
    return os.environ.get("LOG_LEVEL", "").lower() == "debug"


def encryption(settings: Settings) -> Fernet:
    """What encrypts stored secrets."""
    key = hashlib.sha256(secret_text(settings).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def secret_text(settings: Settings) -> str:
    """SECRET_KEY; without it, one that is made once, in DATA_DIR."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_hex(SHORTEST_SECRET_KEY))
        # Two processes may do this at once: the first one's key stays.
        with suppress(FileExistsError):
            path.hardlink_to(unfinished)
        unfinished.unlink()
    return path.read_text().strip()


def _sentence(field: str, message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{field.upper()}: {said[:1].lower()}{said[1:]}."

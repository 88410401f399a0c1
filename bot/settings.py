"""The only reader of the environment. Everything that is wrong is said at once, each with its remedy."""

import base64
import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from handlers.incidents import BY_DEFAULT, IncidentLabels
from handlers.provider import Address, ProviderSettings, Verifier
from handlers.providers import PROVIDERS
from storage.database import normalize_url
from storage.embedded import default_data_folder
from storage.retention.periods import LEAST_RAW_DAYS, Periods

SHORTEST_SECRET_KEY = 32

T = TypeVar("T", bound=ProviderSettings)
S = TypeVar("S", bound=BaseSettings)


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


def _incident_labels(value: str | IncidentLabels) -> IncidentLabels:
    if isinstance(value, IncidentLabels):
        return value
    names = [name.strip() for name in value.split(",")]
    if not all(names):
        raise ValueError("a name is empty: write labels with commas between them, such as incident,outage")
    return IncidentLabels(tuple({name.casefold(): name for name in names}.values()))


def _of_all_providers(given: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
    """Those that are not given have nothing set."""
    kinds = {word: provider.settings for word, provider in PROVIDERS.items() if provider.settings}
    return {word: given.get(word) or kind.model_construct() for word, kind in kinds.items()}


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

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_api_url: Address = "https://slack.com/api"

    # Issues with one of these are incidents.
    incident_labels: Annotated[IncidentLabels, NoDecode, BeforeValidator(_incident_labels)] = BY_DEFAULT

    # A token for the JSON API of the default organization.
    api_token: SecretStr | None = None

    kafka_bootstrap_servers: str | None = None
    redis_url: SecretStr | None = None

    # How long things are kept: docs/operations.md says what each means.
    retention_raw_days: int = Field(default=Periods.raw_days, ge=LEAST_RAW_DAYS)
    retention_daily_days: int = Field(default=Periods.daily_days, ge=LEAST_RAW_DAYS)
    retention_weekly_days: int = Field(default=Periods.weekly_days, ge=LEAST_RAW_DAYS)
    retention_deleted_days: int = Field(default=Periods.deleted_days, ge=0)
    retention_audit_days: int = Field(default=Periods.audit_days, ge=1)
    retention_body_days: int = Field(default=Periods.body_days, ge=0)
    retention_body_megabytes: int = Field(default=Periods.body_megabytes, ge=1)

    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # What it says of each provider that has variables of its own, by the provider's word; not a variable itself.
    providers: Annotated[dict[str, ProviderSettings], NoDecode, AfterValidator(_of_all_providers)] = Field(
        default={}, validate_default=True
    )

    @property
    def periods(self) -> Periods:
        names = (field.name for field in fields(Periods))
        return Periods(**{name: getattr(self, f"retention_{name}") for name in names})

    def of(self, provider: type[T]) -> T:
        """One provider's own settings: `settings.of(GitLabSettings).url`."""
        return next(settings for settings in self.providers.values() if isinstance(settings, provider))

    @property
    def hosts(self) -> dict[str, str]:
        """Where each provider is, as its payloads name it: with the port, if it has one."""
        return {word: settings.host for word, settings in self.providers.items()}

    @property
    def verifiers(self) -> dict[str, Verifier]:
        """Who may deliver at the providers' own addresses, by provider."""
        return {word: settings.verifier for word, settings in self.providers.items()}


def load_settings() -> Settings:
    """Read the environment. Raises `ConfigurationProblem` with everything that is wrong."""
    problems: list[str] = []
    kinds = {word: provider.settings for word, provider in PROVIDERS.items() if provider.settings}
    read = {word: _read(kind, problems) for word, kind in kinds.items()}
    settings = _read(Settings, problems, providers={word: found for word, found in read.items() if found})
    if settings and settings.database_url and not settings.secret_key:
        problems.append(
            "SECRET_KEY is not set: with DATABASE_URL every process needs the same one, since it encrypts stored "
            f"secrets. Make one with `openssl rand -hex {SHORTEST_SECRET_KEY}` and keep it."
        )
    if problems or settings is None:
        raise ConfigurationProblem(problems)
    return settings


def _read(kind: type[S], problems: list[str], **given: Any) -> S | None:
    """These variables of the environment; None and a sentence for each problem when they cannot be read."""
    try:
        return kind(**given)
    except ValidationError as error:
        prefix = kind.model_config["env_prefix"]
        problems += [_sentence(prefix, detail["loc"], detail["msg"]) for detail in error.errors(include_input=False)]
        return None


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


def _sentence(prefix: str, place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    # What is wrong with several variables together names them itself.
    return f"{prefix}{place[0]}: ".upper() + f"{said[:1].lower()}{said[1:]}." if place else f"{said}."

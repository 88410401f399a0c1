"""The environment is read in one place, and everything wrong with it is said at once."""

import os
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken

from bot.settings import ConfigurationProblem, Settings, encryption, load_settings
from handlers.github.settings import GitHubSettings
from handlers.gitlab.settings import GitLabSettings

# They have a place in what is to come, and nobody is told to set them.
NOT_USED_YET = {"GITHUB_APP_ID", "GITHUB_PRIVATE_KEY"}
SIGNING_TOKEN = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only HOME: a first start needs nothing else."""
    for name in set(os.environ) - {"HOME"}:
        monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    with pytest.raises(ConfigurationProblem) as caught:
        load(monkeypatch, **environment)
    return caught.value.problems


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()

    assert (settings.host, settings.port, settings.organization) == ("127.0.0.1", 8080, "default")
    assert settings.database_url is None
    assert not settings.of(GitHubSettings).webhook_secret
    assert settings.hosts == {"bitbucket": "bitbucket.org", "github": "github.com", "gitlab": "gitlab.com"}


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As compose files pass on what is not set."""
    settings = load(monkeypatch, PORT="", DATABASE_URL="", SECRET_KEY="", GITLAB_WEBHOOK_SIGNING_TOKEN="")

    assert settings.port == 8080
    assert settings.of(GitLabSettings).webhook_signing_token is None


def test_everything_that_is_wrong_is_said_at_once_and_no_secret_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    said = problems(
        monkeypatch,
        PORT="eighty",
        DATABASE_URL="my password",
        SECRET_KEY="too short",
        PUBLIC_URL="devmetrics.example",
        GITLAB_WEBHOOK_SIGNING_TOKEN="whsec_not base64!",
        LOG_LEVEL="loud",
    )

    assert sorted(problem.partition(":")[0] for problem in said) == [
        "DATABASE_URL",
        "GITLAB_WEBHOOK_SIGNING_TOKEN",
        "LOG_LEVEL",
        "PORT",
        "PUBLIC_URL",
        "SECRET_KEY",
    ]
    for secret in ("my password", "too short", "not base64"):
        assert secret not in "\n".join(said)


@pytest.mark.parametrize("token", ["plain", "whsec_", "whsec_***"])
def test_a_signing_token_must_be_one(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    [said] = problems(monkeypatch, GITLAB_WEBHOOK_SIGNING_TOKEN=token)
    assert "signing token" in said


def test_a_signing_token_as_gitlab_makes_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, GITLAB_WEBHOOK_SIGNING_TOKEN=SIGNING_TOKEN)
    assert settings.of(GitLabSettings).webhook_signing_token is not None


def test_a_database_of_your_own_needs_a_secret_key_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process must read what another one encrypted."""
    [said] = problems(monkeypatch, DATABASE_URL="postgres://user:password@db/devmetrics")
    assert said.startswith("SECRET_KEY")
    assert load(monkeypatch, SECRET_KEY="x" * 32).database_url is not None


def test_a_previous_secret_without_a_new_one_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    [said] = problems(monkeypatch, GITHUB_WEBHOOK_SECRET_PREVIOUS="old")
    assert "GITHUB_WEBHOOK_SECRET_PREVIOUS" in said


def test_settings_do_not_print_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        DATABASE_URL="postgresql://user:hidden@db/devmetrics",
        SECRET_KEY="hidden" * 6,
        GITHUB_WEBHOOK_SECRET="hidden",
        SLACK_BOT_TOKEN="hidden",
        API_TOKEN="hidden",
    )
    assert "hidden" not in f"{settings!r} {settings}"


def test_self_hosted_providers_are_known_by_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, GITLAB_URL="https://git.example:8443/", GITHUB_API_URL="https://github.example/api/v3")
    assert (settings.hosts["github"], settings.hosts["gitlab"]) == ("github.example", "git.example:8443")


def test_without_a_secret_key_one_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")

    encrypted = encryption(settings).encrypt(b"a token")
    assert encryption(settings).decrypt(encrypted) == b"a token"
    [path] = (tmp_path / "data").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_key_decides_what_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted = encryption(load(monkeypatch, SECRET_KEY="a" * 32)).encrypt(b"a token")

    assert encryption(load(monkeypatch, SECRET_KEY="a" * 32)).decrypt(encrypted) == b"a token"
    with pytest.raises(InvalidToken):
        encryption(load(monkeypatch, SECRET_KEY="b" * 32)).decrypt(encrypted)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, ("incident",)),
        ("", ("incident",)),
        ("outage", ("outage",)),
        (" Sev 1 , outage,OUTAGE,sev 1", ("sev 1", "OUTAGE")),
    ],
)
def test_the_labels_of_incidents_are_listed_with_commas(
    monkeypatch: pytest.MonkeyPatch, value: str | None, names: tuple[str, ...]
) -> None:
    given = {} if value is None else {"INCIDENT_LABELS": value}
    assert load(monkeypatch, **given).incident_labels.names == names


@pytest.mark.parametrize("value", [" ", ",", "outage,", "outage, ,sev1"])
def test_a_label_without_a_name_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    [said] = problems(monkeypatch, INCIDENT_LABELS=value)
    assert said.startswith("INCIDENT_LABELS: a name is empty: write labels with commas between them")


def test_the_documentation_names_every_variable_of_a_provider() -> None:
    install = (Path(__file__).parents[2] / "docs" / "install.md").read_text()
    variables = {
        f"{settings.model_config['env_prefix']}{name}".upper()
        for settings in load_settings().providers.values()
        for name in type(settings).model_fields
    }
    assert {name for name in variables if f"`{name}`" not in install} <= NOT_USED_YET

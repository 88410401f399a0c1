"""Who may deliver, as the environment says."""

from pydantic import SecretStr

from bot.settings import Settings
from handlers.doors import Verifier
from handlers.github import signature as github
from handlers.gitlab import signature as gitlab


def verifiers(settings: Settings) -> dict[str, Verifier]:
    """The providers' own doors, by the name in the address."""
    return {
        "github": github.Verifier(
            webhook_secret=settings.github_webhook_secret.get_secret_value(),
            webhook_secret_previous=settings.github_webhook_secret_previous.get_secret_value(),
        ),
        "gitlab": gitlab.Verifier(
            webhook_token=settings.gitlab_webhook_token.get_secret_value(),
            webhook_signing_token=(settings.gitlab_webhook_signing_token or SecretStr("")).get_secret_value(),
        ),
    }

"""Headers as GitHub and GitLab send them, with a true signature over the body."""

import base64
import hmac
import time
from dataclasses import dataclass
from secrets import token_bytes, token_hex

from pydantic import SecretStr

from bot.demo.company.delivery import Delivery
from bot.demo.company.people import GITHUB_ACCOUNT_ID, GITLAB_HOST
from handlers.github.settings import GitHubSettings
from handlers.gitlab.settings import GitLabSettings
from handlers.provider import ProviderSettings


@dataclass(frozen=True, slots=True)
class Secrets:
    """What both sides know: GitHub's webhook secret, and GitLab's signing token (`whsec_` and base64)."""

    github: str
    gitlab: str


def new_secrets() -> Secrets:
    """Secrets for one run of the demo."""
    return Secrets(token_hex(32), "whsec_" + base64.b64encode(token_bytes(32)).decode())


def of_providers(secrets: Secrets) -> dict[str, ProviderSettings]:
    """What the receiving side knows, as if its environment had said it."""
    github = GitHubSettings.model_construct(webhook_secret=SecretStr(secrets.github))
    gitlab = GitLabSettings.model_construct(
        webhook_signing_token=SecretStr(secrets.gitlab), url=f"https://{GITLAB_HOST}"
    )
    return {"github": github, "gitlab": gitlab}


def signed_headers(delivery: Delivery, secrets: Secrets) -> dict[str, str]:
    """All headers of a delivery. GitLab's signature holds the time of sending: send it within five minutes."""
    if delivery.provider == "github":
        return _github(delivery, secrets.github)
    return _gitlab(delivery, secrets.gitlab)


def _github(delivery: Delivery, secret: str) -> dict[str, str]:
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5e1c0de",
        "X-GitHub-Delivery": delivery.key,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": "498120377",
        "X-GitHub-Hook-Installation-Target-ID": str(GITHUB_ACCOUNT_ID),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": "sha256=" + hmac.digest(secret.encode(), delivery.body, "sha256").hex(),
    }


def _gitlab(delivery: Delivery, token: str) -> dict[str, str]:
    return {
        "User-Agent": "GitLab/18.6.0",
        "X-Gitlab-Event": delivery.event,
        "X-Gitlab-Instance": f"https://{GITLAB_HOST}",
        "Idempotency-Key": delivery.key,
        **standard_headers(delivery, token),
    }


def standard_headers(delivery: Delivery, token: str) -> dict[str, str]:
    """https://www.standardwebhooks.com: whoever signs with such a token. Send it within five minutes."""
    key, timestamp = base64.b64decode(token.removeprefix("whsec_")), str(int(time.time()))
    signed = b".".join((delivery.key.encode(), timestamp.encode(), delivery.body))
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery.key,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode(),
    }

"""Registering the GitHub App from its manifest, and taking over what GitHub makes for it.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import gidgethub
import msgspec
from gidgethub.aiohttp import GitHubAPI

# The part that is the same for everybody.
CONSTANT = Path(__file__).parents[2] / "app.json"
LONGEST_NAME = 34
# https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,38}")
CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
# Why each permission is asked for, as the page says it.
REASONS = {
    "actions": "workflow runs, where these are a repository's deployments",
    "contents": "commits, and their sizes",
    "deployments": "what reached production, and what failed",
    "issues": "incidents, by their label",
    "members": "who is in which team",
    "metadata": "GitHub asks every App to have it",
    "pull_requests": "pull requests and their reviews",
}
PATIENCE = aiohttp.ClientTimeout(total=15)


class RegistrationFailed(Exception):
    """Why GitHub gave no App, and what to do: for the administrator."""


class App(msgspec.Struct, frozen=True):
    """What GitHub answers once, and never again."""

    id: int
    slug: str
    html_url: str
    client_id: str
    client_secret: str
    webhook_secret: str
    pem: str

    def secrets(self) -> dict[str, str]:
        """As they are kept, sealed, in the App's connection."""
        return {
            "app_id": str(self.id),
            "slug": self.slug,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "webhook_secret": self.webhook_secret,
            "private_key": self.pem,
        }

    @property
    def install_url(self) -> str:
        return f"{self.html_url.rstrip('/')}/installations/new"


def fill_manifest(
    public_url: str, *, organization: str = "", connection: str = "", pages: str | None = None
) -> dict[str, Any]:
    """The manifest for a server at `public_url`. Deliveries go to the connection of this id, or to the provider's own
    address. `pages` is where the browser finds the set-up, if not at `public_url`."""
    manifest: dict[str, Any] = json.loads(CONSTANT.read_text())
    where = f"{pages or public_url}/github/setup"
    return manifest | {
        "name": name_app(public_url, organization),
        "url": public_url,
        "hook_attributes": {"url": f"{public_url}/webhooks/github{connection and '/'}{connection}", "active": True},
        "redirect_url": f"{where}/registered",
        "setup_url": f"{where}/installed",
    }


def name_app(public_url: str, organization: str) -> str:
    """Names of Apps are unique on all of GitHub, so `devmetrics` alone will do for one of us only."""
    owner = organization or re.sub(r"[^a-z0-9]+", "-", urlsplit(public_url).hostname or "")
    return f"devmetrics-{owner}"[:LONGEST_NAME].rstrip("-_")


def registration_url(web_url: str, organization: str, state: str) -> str:
    """Where the browser posts the manifest: of an organization, or (empty) of the person's own account."""
    owner = f"/organizations/{organization}" if organization else ""
    return f"{web_url}{owner}/settings/apps/new?{urlencode({'state': state})}"


async def exchange(api_url: str, code: str) -> App:
    """The App of a registration, for the code that GitHub sent the browser back with: good once, within an hour.

    Raises `RegistrationFailed`.
    """
    if not CODE.fullmatch(code):
        raise RegistrationFailed("GitHub's answer has no code that can be exchanged: begin again.")
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        github = GitHubAPI(session, "devmetrics", base_url=api_url)
        try:
            answer = await github.post(f"/app-manifests/{code}/conversions", data={})
            return msgspec.convert(answer, App)
        except msgspec.ValidationError as problem:
            # Some servers of GitHub Enterprise make the App without a webhook secret.
            raise RegistrationFailed(f"GitHub's answer is not what it should be ({problem}): begin again.") from None
        except gidgethub.HTTPException as problem:
            raise RegistrationFailed(
                f"GitHub answers {problem.status_code.value} to the code it gave: it is good once, and for an hour. "
                "Begin again; if an App was made meanwhile, delete it at GitHub first."
            ) from None
        except (gidgethub.GitHubException, aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise RegistrationFailed(
                f"{api_url} cannot be asked ({type(problem).__name__}): check GITHUB_API_URL and the network, "
                "and load this page again within an hour."
            ) from None


def permissions(manifest: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the App asks for, in words: ("Pull requests", "read", "stages and reviews")."""
    asked: dict[str, str] = manifest["default_permissions"]
    return [(name.replace("_", " ").capitalize(), access, REASONS[name]) for name, access in sorted(asked.items())]

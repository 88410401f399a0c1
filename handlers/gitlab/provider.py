"""GitLab, as the rest of the program sees it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from handlers.findings import OFF, OK, PROBLEM, Finding, unreachable
from handlers.gitlab.kinds import kind_of
from handlers.gitlab.settings import GitLabSettings
from handlers.gitlab.signature import HOW_TO_TURN_ON, Verifier
from handlers.provider import Provider

SUBJECT = "gitlab api"


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    return "object_kind" in fields or "event_name" in fields


def event_of_file(_: str, fields: Mapping[str, Any]) -> str:
    kind = fields.get("object_kind")
    return f"{kind.replace('_', ' ').title()} Hook" if isinstance(kind, str) else "System Hook"


async def check(session: aiohttp.ClientSession, settings: GitLabSettings) -> list[Finding]:
    """Whether the token is accepted."""
    if settings.token is None:
        nothing_needs_it = "GITLAB_TOKEN is not set, and nothing needs it yet: webhooks tell everything that is shown."
        return [Finding(SUBJECT, OFF, nothing_needs_it)]
    try:
        headers = {"PRIVATE-TOKEN": settings.token.get_secret_value()}
        async with session.get(f"{settings.url}/api/v4/user", headers=headers) as response:
            if response.status in (401, 403):
                return [Finding(SUBJECT, PROBLEM, "GITLAB_TOKEN is refused: make a new one with scope read_api.")]
            if not response.ok:
                return [Finding(SUBJECT, PROBLEM, f"{settings.url} answers {response.status}.")]
    except (aiohttp.ClientError, TimeoutError) as problem:
        return [unreachable(SUBJECT, settings.url, "GITLAB_URL", problem)]
    return [Finding(SUBJECT, OK, f"GITLAB_TOKEN is accepted by {settings.url}.")]


PROVIDER = Provider(
    word="gitlab",
    name="GitLab",
    public_host="gitlab.com",
    how_to_turn_on=HOW_TO_TURN_ON,
    verifier=Verifier,
    settings=GitLabSettings,
    name_event=kind_of,
    recognizes=recognizes,
    event_of_file=event_of_file,
    check=check,
)

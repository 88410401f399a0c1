"""GitLab, as the rest of the program sees it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from handlers.asking.api import Api, Place
from handlers.findings import Finding
from handlers.gitlab.kinds import kind_of
from handlers.gitlab.settings import GitLabSettings
from handlers.gitlab.signature import HOW_TO_TURN_ON, Verifier
from handlers.incidents import IncidentLabels
from handlers.provider import Provider


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    return "object_kind" in fields or "event_name" in fields


def event_of_file(_: str, fields: Mapping[str, Any]) -> str:
    kind = fields.get("object_kind")
    return f"{kind.replace('_', ' ').title()} Hook" if isinstance(kind, str) else "System Hook"


# python-gitlab is slow to load: only who asks GitLab something waits for it.
async def check(session: aiohttp.ClientSession, settings: GitLabSettings) -> list[Finding]:
    from handlers.gitlab import checking

    return await checking.check(session, settings)


async def check_connection(_: str, __: GitLabSettings | None, secrets: Mapping[str, Any]) -> list[Finding]:
    from handlers.gitlab import checking

    return await checking.check_connection(secrets)


def reach(
    place: Place, settings: GitLabSettings | None, secrets: Mapping[str, Any] | None, incident_labels: IncidentLabels
) -> Api | None:
    from handlers.gitlab import api

    return api.reach(place, settings, secrets, incident_labels)


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
    reach=reach,
    check_connection=check_connection,
)

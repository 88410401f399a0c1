"""The team that teams' and memberships' payloads carry."""

import re

import msgspec

from handlers.github.payloads import PROVIDER, AccountPart
from handlers.payloads import Id, host_of
from handlers.registry import Origin
from storage.records import Team, TeamKey


class TeamPart(msgspec.Struct):
    id: Id
    name: str | None = None
    slug: str | None = None
    html_url: str | None = None
    # Of a membership that ended because the team did.
    deleted: bool | None = None


class SenderPart(AccountPart):
    html_url: str | None = None


def key_of_team(team: TeamPart, sender: SenderPart | None, origin: Origin) -> TeamKey:
    """The host is told by any address of a page: the team's, else of whoever did it."""
    host = host_of(team.html_url, host_of(sender.html_url if sender else None, origin.host))
    return TeamKey(PROVIDER, host, str(team.id))


def team_of(team: TeamPart, key: TeamKey, *, deleted: bool = False) -> Team:
    name = team.name or team.slug or f"team {team.id}"
    slug = team.slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or f"team-{team.id}"
    return Team(key, slug=slug, name=name, deleted=deleted)

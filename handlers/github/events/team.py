"""`team`: made, renamed, deleted; or it was given a repository, lost it, or its rights there changed.

https://docs.github.com/webhooks/webhook-events-and-payloads#team
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import RepositoryPart, key_of, repository_of
from handlers.github.teams import SenderPart, TeamPart, key_of_team, team_of
from handlers.registry import Origin
from handlers.verdicts import Ignored
from storage.records import Record, TeamOwnership

EVENT = "team"
ACTIONS = ("created", "edited", "deleted", "added_to_repository", "removed_from_repository")
# A team that can only read or write did not build the repository.
OWNING_ROLES = ("admin", "maintain")


class Permissions(msgspec.Struct):
    admin: bool | None = None
    maintain: bool | None = None


class TeamRepositoryPart(RepositoryPart):
    """The team's own rights in the repository, not the sender's."""

    permissions: Permissions | None = None
    role_name: str | None = None


class Payload(msgspec.Struct):
    action: str
    team: TeamPart
    repository: TeamRepositoryPart | None = None
    sender: SenderPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"A team that was {payload.action} changes nothing that is counted.")
    key = key_of_team(payload.team, payload.sender, origin)
    yield team_of(payload.team, key, deleted=payload.action == "deleted")
    if payload.repository is None or payload.action == "deleted":
        return
    # The repository was not touched: its `updated_at` is no time of this event.
    yield repository_of(payload.repository, None, origin)
    owns = payload.action != "removed_from_repository" and _owns(payload.repository)
    yield TeamOwnership(key, key_of(payload.repository, origin), owns)


def _owns(repository: TeamRepositoryPart) -> bool:
    permissions = repository.permissions or Permissions()
    return bool(permissions.admin or permissions.maintain) or repository.role_name in OWNING_ROLES

"""`membership`: somebody joined a team, or left it.

https://docs.github.com/webhooks/webhook-events-and-payloads#membership
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import AccountPart, person_of
from handlers.github.teams import SenderPart, TeamPart, key_of_team, team_of
from handlers.registry import Origin
from handlers.verdicts import Ignored
from storage.records import Record, TeamMembership

EVENT = "membership"
ACTIONS = ("added", "removed")


class Payload(msgspec.Struct):
    action: str
    team: TeamPart
    member: AccountPart | None = None
    sender: SenderPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"A membership that was {payload.action} changes nothing that is counted.")
    key = key_of_team(payload.team, payload.sender, origin)
    person = person_of(payload.member, key.host, None)
    if person is None:
        raise Ignored("The member's account was deleted.")
    if not payload.team.deleted:
        yield team_of(payload.team, key)
    yield TeamMembership(key, person, role="member", member=payload.action == "added")

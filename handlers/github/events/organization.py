"""`organization`: who joined it and who left it.

A renamed organization needs nothing: repositories tell their new path with their next event.
https://docs.github.com/webhooks/webhook-events-and-payloads#organization
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import AccountPart, person_of
from handlers.github.teams import SenderPart
from handlers.payloads import host_of
from handlers.registry import Origin
from handlers.verdicts import Ignored
from storage.records import MemberRemoved, Record

EVENT = "organization"
ACTIONS = ("member_added", "member_removed")


class Membership(msgspec.Struct):
    user: AccountPart | None = None


class Payload(msgspec.Struct):
    action: str
    membership: Membership | None = None
    sender: SenderPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"The organization's action {payload.action!r} changes nothing that is counted.")
    host = host_of(payload.sender.html_url if payload.sender else None, origin.host)
    person = person_of(payload.membership.user if payload.membership else None, host, None)
    if person is None:
        raise Ignored("The member's account was deleted.")
    yield MemberRemoved(person) if payload.action == "member_removed" else person

"""Accounts that were made, renamed or deleted.

https://docs.gitlab.com/administration/system_hooks/
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.payloads import UserPart, person_of
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.records import MemberRemoved, Record

EVENT = ("user_create", "user_rename", "user_destroy")


class Payload(msgspec.Struct):
    event_name: str
    user_id: Id
    name: str | None = None
    username: str | None = None
    email: str | None = None
    updated_at: Time = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    user = UserPart(payload.user_id, payload.name, payload.username, payload.email)
    person = person_of(user, origin.host, parse_time(payload.updated_at))
    assert person is not None, "an account has an id"
    yield MemberRemoved(person) if payload.event_name == "user_destroy" else person

"""Who joined a group, left it, or has another role in it.

https://docs.gitlab.com/user/project/integrations/webhook_events/#group-member-events
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.payloads import PROVIDER, UserPart, person_of
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.records import Record, Team, TeamKey, TeamMembership

EVENT = ("user_add_to_group", "user_update_for_group", "user_remove_from_group")


class Payload(msgspec.Struct):
    event_name: str
    group_id: Id
    group_path: str
    user_id: Id
    group_name: str | None = None
    group_access: str | None = None
    user_name: str | None = None
    user_username: str | None = None
    user_email: str | None = None
    updated_at: Time = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    team = TeamKey(PROVIDER, origin.host, str(payload.group_id))
    user = UserPart(payload.user_id, payload.user_name, payload.user_username, payload.user_email)
    person = person_of(user, origin.host, parse_time(payload.updated_at))
    assert person is not None, "a member has an id"
    yield Team(team, slug=payload.group_path, name=payload.group_name or payload.group_path)
    yield TeamMembership(
        team,
        person,
        role=(payload.group_access or "member").lower(),
        member=payload.event_name != "user_remove_from_group",
    )

"""What identities say of people: which belong to one person, and what that person is called. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from storage.facts.registers import BEFORE_ALL_TIME, Stamps, Told, greatest
from storage.facts.values import text
from storage.linking.people import usable_email
from storage.models.people import Developer
from storage.records import Person

TOLD = Told("seen_at", ("username", "name", "is_bot"))
ACCOUNT, EMAIL = "account", "email"
LONGEST_NAME = 255
IdentityKey = tuple[str, str, str, str]
# The column of each provider that has one for its usernames.
USERNAMES = {
    column.name.removesuffix("_username"): column.name
    for column in Developer.__table__.columns
    if column.name.endswith("_username")
}
# A developer's row, as far as identities say what is in it: values by column.
Description = dict[str, Any]
DESCRIBED = ("id", "email", "name", *USERNAMES.values(), "is_bot")


class IdentityRow(Struct, frozen=True):
    provider: str
    host: str
    kind: str
    value: str
    # None while it is only seen in a batch.
    developer_id: UUID | None
    username: str | None
    name: str | None
    is_bot: bool
    seen_at: datetime | None
    told_at: Stamps


# The same few addresses come again and again.
usable = lru_cache(maxsize=4096)(usable_email)


def key_of(row: IdentityRow) -> IdentityKey:
    return (row.provider, row.host, row.kind, row.value)


def keys_of(person: Person) -> list[IdentityKey]:
    """The identities that a payload shows as one person, the account first."""
    keys: list[IdentityKey] = []
    if person.user_id:
        keys.append((person.provider, text(person.host), ACCOUNT, text(person.user_id)))
    if email := usable(person.email):
        keys.append(("", "", EMAIL, email))
    return keys


def identity_text(key: IdentityKey) -> str:
    """An identity as facts keep it: "account:github:github.com:1", "email:::jane@example.com"."""
    provider, host, kind, value = key
    return f"{kind}:{provider}:{host}:{value}"


def identity_of(person: Person | None) -> str | None:
    """The identity that stands for a person in a fact; None: nobody can tell."""
    if person is None:
        return None
    if person.user_id:
        return identity_text((person.provider, text(person.host), ACCOUNT, text(person.user_id)))
    email = usable(person.email)
    return identity_text(("", "", EMAIL, email)) if email else None


def who(person: Person | None, developers: Mapping[str, UUID]) -> tuple[str | None, UUID | None]:
    """The identity that stands for a person, and the developer it belongs to."""
    identity = identity_of(person)
    return identity, developers.get(identity) if identity else None


def identity_rows(person: Person) -> list[IdentityRow]:
    return [
        IdentityRow(
            *key,
            developer_id=None,
            # A username belongs to an account, not to an address somebody wrote into a commit.
            username=text(person.username) if key[2] == ACCOUNT else None,
            name=text(person.name),
            is_bot=person.bot,
            seen_at=person.seen_at,
            told_at={},
        )
        for key in keys_of(person)
    ]


def merge_identities(first: IdentityRow, second: IdentityRow) -> IdentityRow:
    """The newest names win."""
    if first == second:
        return first
    values, told_at = TOLD.merge(first, second)
    return replace(
        first,
        developer_id=first.developer_id or second.developer_id,
        seen_at=greatest(first.seen_at, second.seen_at),
        told_at=told_at,
        **values,
    )


def group(
    proofs: Iterable[Sequence[IdentityKey]],
    developers: Mapping[IdentityKey, UUID],
    apart: Collection[tuple[UUID, UUID]] = (),
) -> list[list[IdentityKey]]:
    """Identities that are one person: shown together by a payload, or known to be one developer's (connected
    components, so the result does not depend on the order of the proofs). `apart`: pairs of developers, both ways
    round, whom no payload joins."""
    leader: dict[IdentityKey | UUID, IdentityKey | UUID] = {}

    def find(node: IdentityKey | UUID) -> IdentityKey | UUID:
        path = []
        while (above := leader.setdefault(node, node)) != node:
            path.append(node)
            node = above
        for passed in path:
            leader[passed] = node
        return node

    known: dict[IdentityKey | UUID, set[UUID]] = defaultdict(set)

    def join(node: IdentityKey | UUID, other: IdentityKey | UUID) -> None:
        one, two = find(node), find(other)
        if one != two and not any((first, second) in apart for first in known[one] for second in known[two]):
            leader[one] = two
            known[two] |= known.pop(one)

    for keys in proofs:
        for key in keys:
            if key in developers:
                known[find(developers[key])].add(developers[key])
                join(key, developers[key])
    # Sorted: a new identity that is shown with two who are apart goes to the same one of them whatever came first.
    for keys in sorted(map(tuple, proofs)):
        for key in keys:
            join(key, keys[0])
    groups: dict[IdentityKey | UUID, list[IdentityKey]] = defaultdict(list)
    for node in list(leader):
        if isinstance(node, tuple):
            groups[find(node)].append(node)
    return list(groups.values())


def describe(developer_id: UUID, identities: Iterable[IdentityRow]) -> Description:
    """A developer in the words of its identities: the newest name told, the first address of the alphabet."""
    identities = list(identities)

    def newest(field: str, provider: str | None = None) -> str | None:
        told = [
            (row.told_at.get(field, row.seen_at) or BEFORE_ALL_TIME, str(value))
            for row in identities
            if (value := getattr(row, field)) and provider in (None, row.provider)
        ]
        return max(told)[1][:LONGEST_NAME] if told else None

    return {
        "id": developer_id,
        "email": min((row.value for row in identities if row.kind == EMAIL), default=None),
        "name": newest("name"),
        **{column: newest("username", provider) for provider, column in USERNAMES.items()},
        "is_bot": any(row.is_bot for row in identities),
    }

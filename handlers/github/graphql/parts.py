"""What GitHub's GraphQL objects have in common, and what webhooks call the same.

https://docs.github.com/graphql/reference/objects
"""

from datetime import datetime

import msgspec

from handlers.github.payloads import AccountPart, person_of
from handlers.payloads import Id, Sha
from storage.records import Person, RepositoryKey

ACTOR = """{ __typename login ... on User { databaseId } ... on Bot { databaseId } ... on Mannequin { databaseId }
    ... on Organization { databaseId } }"""
PAGE = "pageInfo { hasNextPage endCursor }"


class Node(msgspec.Struct, rename="camel"):
    """An object of GraphQL."""


class Actor(Node):
    """A user, a bot, an organization; a team where a reviewer is meant."""

    typename: str | None = msgspec.field(default=None, name="__typename")
    login: str | None = None
    database_id: Id | None = None
    # A team's.
    name: str | None = None


class Oid(Node):
    oid: Sha


class Named(Node):
    name: str | None = None


class Names(Node):
    nodes: list[Named]


class Numbered(Node):
    database_id: Id | None = None


class PageInfo(Node):
    has_next_page: bool
    end_cursor: str | None = None

    @property
    def following(self) -> str | None:
        """Where the next page begins; None: there is none."""
        return self.end_cursor if self.has_next_page else None


def account_of(actor: Actor | None) -> AccountPart | None:
    """As webhooks name it: there a bot's login ends with [bot]."""
    if actor is None or actor.login is None or actor.database_id is None:
        return None
    login = actor.login
    if actor.typename == "Bot" and not login.endswith("[bot]"):
        login += "[bot]"
    return AccountPart(actor.database_id, login, actor.typename)


def person_behind(actor: Actor | None, key: RepositoryKey, seen_at: datetime) -> Person | None:
    return person_of(account_of(actor), key.host, seen_at)

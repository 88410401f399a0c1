"""The last word on what has no time of its own: who is in a team, what a team owns, what an installation may see.

What was received last holds, in whatever order it is processed: else a failed batch, a second worker or a delivery that
is run again would bring back what was taken away.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import fetch
from storage.facts.values import text


def subject(*names: str) -> str:
    """What something is said of. A digest, because the names are also those of people."""
    return blake2b("\0".join(map(text, names)).encode(), digest_size=16).hexdigest()


class Words:
    """When something was received last of each of some subjects."""

    def __init__(self, known: dict[str, datetime]) -> None:
        self._known = known
        self.new: dict[str, datetime] = {}

    def is_news(self, of: str, received_at: datetime | None) -> bool:
        """Whether nothing later is known; None: it holds now, like what a provider answers when it is asked."""
        known = self._known.get(of)
        return known is None or received_at is None or received_at >= known

    def take(self, of: str, received_at: datetime | None) -> bool:
        """The same, and if so this is the last word from now on."""
        if not self.is_news(of, received_at):
            return False
        if received_at is not None:
            self._known[of] = self.new[of] = received_at
        return True


async def read_words(connection: AsyncConnection, organization_id: UUID, subjects: Iterable[str]) -> Words:
    """The caller holds a lock that all writers of these subjects take."""
    rows = await fetch(
        connection,
        "SELECT subject, received_at FROM last_words WHERE organization_id = $1 AND subject = ANY($2::text[])",
        organization_id,
        list(set(subjects)),
    )
    return Words({row[0]: row[1] for row in rows})


async def save_words(connection: AsyncConnection, organization_id: UUID, words: Words) -> None:
    if words.new:
        await connection.exec_driver_sql(
            "INSERT INTO last_words (organization_id, subject, received_at) "
            "SELECT $1, * FROM unnest($2::text[], $3::timestamptz[]) "
            "ON CONFLICT (organization_id, subject) DO UPDATE SET received_at = excluded.received_at",
            (organization_id, list(words.new), list(words.new.values())),
        )

"""Several writers at once: nothing is lost, nothing is made twice, nobody waits for ever."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from storage.records import Record, RepositoryKey
from tests.storage.facts.samples import account, address, commit, query, repository

WRITERS = 6
KEYS = [RepositoryKey("github", "github.com", str(number)) for number in range(4)]


def batch(writer: int, turn: int) -> list[Record]:
    """New and known things, in another order for each writer."""
    keys = KEYS[writer % 4 :] + KEYS[: writer % 4]
    author = address(f"{turn}@example.com")
    everything: list[Record] = [repository(key, f"acme/{key.provider_id}") for key in keys]
    everything += [commit(f"{turn:020}{writer:020}", repository=key, author=author) for key in keys]
    everything += [account(str(turn), f"user{turn}", email=f"{turn + writer % 2}@example.com")]
    return everything if writer % 2 else everything[::-1]


async def write(engine: AsyncEngine, organization_id: UUID, everything: Sequence[Record]) -> int:
    """As a worker does: a deadlock is tried again. Returns how often."""
    for attempt in range(10):
        try:
            async with engine.begin() as connection:
                await write_records(connection, organization_id, everything)
        except DBAPIError as error:
            assert getattr(error.orig, "sqlstate", None) == "40P01"  # noqa: PT017 (some attempts fail, some do not)
        else:
            return attempt
    raise AssertionError("ten deadlocks")


async def test_writers_at_once_write_everything_once(engine: AsyncEngine, organization_id: UUID) -> None:
    async def work(writer: int) -> int:
        return sum([await write(engine, organization_id, batch(writer, turn)) for turn in range(8)])

    deadlocks = await asyncio.gather(*map(work, range(WRITERS)))
    async with engine.begin() as connection:
        (counted,) = await query(
            connection,
            "SELECT (SELECT count(*) FROM repositories) AS repositories, "
            "(SELECT count(*) FROM developers) AS developers, "
            "count(*) AS commits, count(DISTINCT author_id) AS authors FROM commits",
        )
    # Each turn's account is shown with its own and with the next turn's address: all of them are one person.
    assert counted == {"repositories": 4, "commits": WRITERS * 8 * 4, "developers": 1, "authors": 1}
    assert sum(deadlocks) <= WRITERS

"""What belongs together: which deployment shipped which change, which failed, and the stages of pull requests.

Recomputed whole for each repository that a batch touched, from the stored facts alone.
"""

import asyncio
import gc
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.due import MOST_ROWS, ROWS, postpone_links
from storage.linking.history import History
from storage.linking.homes import settle_incidents_of
from storage.linking.link import link
from storage.linking.reader import Tables, build_histories, read_tables
from storage.linking.rows import Links
from storage.linking.rules import note_rules
from storage.linking.standing import Standing
from storage.linking.writer import write_links

# Two batches of one repository must not each miss what the other has not committed: the second waits and then reads
# the first one's facts. It is the lock that writing the repository's own row takes.
LOCK = text("SELECT id FROM repositories WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")

# A flood may touch every repository: their histories are not all in memory at once, nor is each read by itself when
# they are small. 3,000 pushes and pull requests take 20 MB.
SIZES = text(f"""
SELECT id, {ROWS.format(id="repositories.id")} FROM repositories WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id
""")  # noqa: S608 (constants)


async def relink(
    connection: AsyncConnection, repository_ids: Collection[UUID], seconds: dict[UUID, float] | None = None
) -> set[tuple[UUID, date]]:
    """Recompute all links of these repositories in the caller's transaction; write only what differs.

    Returns (repository, Monday in UTC) of the weeks whose deployments changed. `seconds` is told what each took.
    """
    if not repository_ids:
        return set()
    ids = await lock_repositories(connection, repository_ids)
    sizes: list[tuple[UUID, int]] = [(row[0], row[1]) for row in await connection.execute(SIZES, {"ids": ids})]
    weeks: set[tuple[UUID, date]] = set()
    for some in portions(sizes, MOST_ROWS):
        with _without_collecting():
            weeks |= await _relink_some(connection, some, seconds)
    await note_rules(connection, ids)
    # Incidents of other repositories may be about what these deployed.
    await postpone_links(connection, await settle_incidents_of(connection, ids))
    return weeks


async def _relink_some(
    connection: AsyncConnection, repository_ids: Sequence[UUID], seconds: dict[UUID, float] | None
) -> set[tuple[UUID, date]]:
    started = time.perf_counter()
    tables, standing = await read_tables(connection, repository_ids)
    # In a thread: the same process acknowledges webhooks and answers Slack meanwhile.
    histories, links = await asyncio.to_thread(_link_all, tables, standing)
    weeks = await write_links(connection, histories, links)
    if seconds is not None:
        seconds |= _shares(tables, repository_ids, time.perf_counter() - started)
    return weeks


async def lock_repositories(connection: AsyncConnection, repository_ids: Collection[UUID]) -> list[UUID]:
    """Until the transaction ends nobody else writes what belongs to them. Returns their ids in order."""
    ids = sorted(set(repository_ids))
    await connection.execute(LOCK, {"ids": ids})
    return ids


def portions(sizes: Iterable[tuple[UUID, int]], most: int) -> Iterator[list[UUID]]:
    """Repositories in their order, as many at once as have `most` rows together, and at least one."""
    portion: list[UUID] = []
    rows = 0
    for repository_id, size in sizes:
        if portion and rows + size > most:
            yield portion
            portion, rows = [], 0
        portion.append(repository_id)
        rows += size
    if portion:
        yield portion


def _shares(tables: Tables, repository_ids: Sequence[UUID], seconds: float) -> dict[UUID, float]:
    """What each of these cost, by the rows that it has."""
    rows = {one: 1 + sum(len(table[one]) for table in tables) for one in repository_ids}
    return {one: seconds * count / sum(rows.values()) for one, count in rows.items()}


def _link_all(tables: Tables, standing: Standing) -> tuple[list[History], list[Links]]:
    histories = build_histories(tables, standing)
    return histories, [link(history) for history in histories]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Rows hold no cycles: looking for some among a hundred thousand of them would double the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

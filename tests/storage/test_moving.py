"""A table becomes a hypertable while it is read and written, however often the move is killed. With TIMESCALE_DSN."""

import asyncio
import itertools
import random
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.migrate import MigrationImpossible, ensure_organization
from storage.moving import move
from storage.timescale import is_hypertable, use_timescale
from tests.server import install_timescale, needs_timescale, needs_two_sessions
from tests.storage.telling import START, WEEKS, pushed, repository, story, tell

pytestmark = needs_timescale
AT_ONCE = 3
SHAPE = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST('commits' AS regclass)
        AND contype IN ('p', 'f')
    UNION ALL SELECT relname, replace(pg_get_indexdef(indexrelid), ' ONLY ', ' ')
    FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = CAST('commits' AS regclass)
    UNION ALL SELECT column_name, concat_ws(' ', data_type, column_default, is_nullable)
    FROM information_schema.columns WHERE table_name = 'commits'
    UNION ALL SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 'commits'
    ORDER BY 1, 2
"""


@pytest.fixture
async def told(plain: AsyncEngine) -> AsyncEngine:
    """A database with commits of some months and the extension, of which nothing was used yet."""
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    await tell(plain, organization_id, story("1"))
    await install_timescale(plain)
    return plain


async def rows(engine: AsyncEngine, table: str) -> list[str]:
    async with engine.connect() as connection:
        found = await connection.scalars(sa.text(f"SELECT CAST(to_jsonb(t) AS text) FROM {table} AS t"))
        return sorted(found)


def moving(engine: AsyncEngine) -> AsyncIterator[float]:
    return move(engine, "commits", "7 days", AT_ONCE)


async def move_to_the_end(engine: AsyncEngine) -> list[float]:
    return [part async for part in moving(engine)]


async def test_it_keeps_its_rows_and_names_and_who_may_read_it(told: AsyncEngine) -> None:
    async with told.begin() as connection:
        await connection.execute(sa.text("GRANT SELECT ON commits TO PUBLIC"))
        shape = (await connection.execute(sa.text(SHAPE))).all()
    before = await rows(told, "commits")
    parts = await move_to_the_end(told)
    assert parts == sorted(parts)
    assert len(parts) > WEEKS // AT_ONCE
    assert await rows(told, "commits") == before
    async with told.connect() as connection:
        assert (await connection.execute(sa.text(SHAPE))).all() == shape
        assert await is_hypertable(connection, "commits")
        left = "SELECT count(*) FROM pg_class, pg_proc WHERE relname LIKE '%commits_chunks%' OR proname LIKE '%_mirror'"
        assert await connection.scalar(sa.text(left)) == 0


WRITES = (
    "INSERT INTO {table} SELECT time + interval '1 second', repository_id, CAST(:number AS text), author_id, "
    "author_identity, lines_added, lines_deleted, files_changed, message, time_source, on_default_branch, is_merge, "
    "is_bot, paths FROM commits WHERE commit_sha = :sha",
    "UPDATE {table} SET message = CAST(:number AS text) WHERE commit_sha = :sha",
    # No condition of a parameter alone: an error before https://github.com/timescale/timescaledb/pull/9347.
    "DELETE FROM {table} WHERE commit_sha = :sha AND message IS DISTINCT FROM CAST(:number AS text)",
)


async def write(engine: AsyncEngine, number: int, chance: random.Random) -> None:
    """Anything to any row, and the same to a table that is not moved."""
    async with engine.begin() as connection:
        shas = list(await connection.scalars(sa.text("SELECT commit_sha FROM expected ORDER BY time, commit_sha")))
        statement, sha = chance.choice(WRITES), chance.choice(shas)
        for table in ("expected", "commits"):
            statement_here = statement.replace("FROM commits", "FROM expected").format(table=table)
            await connection.execute(sa.text(statement_here), {"sha": sha, "number": str(number)})


async def test_what_is_written_meanwhile_is_not_lost(told: AsyncEngine) -> None:
    """Wherever it is: where rows were copied already, and where they were not."""
    async with told.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE expected AS TABLE commits"))
    chance, moved = random.Random(7), asyncio.create_task(move_to_the_end(told))
    for number in itertools.count():
        await write(told, number, chance)
        if moved.done():
            break
    await moved
    assert await rows(told, "commits") == await rows(told, "expected")


MOVING = """
import asyncio, sys
from storage.database import create_engine
from storage.moving import move
async def run():
    async for part in move(create_engine(sys.argv[1]), "commits", "7 days", 3):
        print(part, flush=True)
asyncio.run(run())
"""


async def test_killed_it_goes_on_where_it_was(told: AsyncEngine) -> None:
    before, url = await rows(told, "commits"), told.url.render_as_string(hide_password=False)
    parts: list[float] = []
    for kill_at in (1, 3, 0):
        mover = await asyncio.create_subprocess_exec(sys.executable, "-c", MOVING, url, stdout=asyncio.subprocess.PIPE)
        assert mover.stdout is not None
        for step in itertools.count(1):
            if not (line := (await mover.stdout.readline()).decode().strip()):
                break
            parts.append(float(line))
            if step == kill_at:
                mover.kill()
        await mover.wait()
        assert await rows(told, "commits") == before
    assert parts == sorted({*parts})
    async with told.connect() as connection:
        assert await is_hypertable(connection, "commits")


async def stop_after(engine: AsyncEngine, steps: int) -> None:
    async with aclosing(moving(engine)) as parts:  # type: ignore[type-var]
        for _ in range(steps):
            await anext(parts)


async def test_a_newer_version_goes_on_with_a_move_that_an_older_one_left(told: AsyncEngine) -> None:
    """Its tables have other columns, and what is written meanwhile is written with them."""
    await stop_after(told, 3)
    async with told.begin() as connection:
        await connection.execute(sa.text("ALTER TABLE commits ADD COLUMN mood text DEFAULT 'good'"))
    await told.dispose()
    async with told.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    key, day = repository("1").key, START + timedelta(days=1)
    await tell(told, organization_id, [repository("1"), *pushed(key, day, f"{0:039x}b", ["f" * 40])])
    before = await rows(told, "commits")
    await move_to_the_end(told)
    assert await rows(told, "commits") == before


async def test_a_table_of_the_same_name_that_came_later_is_moved_from_its_beginning(told: AsyncEngine) -> None:
    await stop_after(told, 3)
    before = await rows(told, "commits")
    async with told.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE other (LIKE commits INCLUDING ALL EXCLUDING INDEXES)"))
        await connection.execute(sa.text("INSERT INTO other SELECT * FROM commits"))
        await connection.execute(sa.text("DROP TABLE commits"))
        await connection.execute(sa.text("ALTER TABLE other RENAME TO commits"))
        await connection.execute(sa.text("ALTER TABLE commits ADD PRIMARY KEY (time, repository_id, commit_sha)"))
        await connection.execute(sa.text("UPDATE commits SET message = 'of the later one'"))
    await told.dispose()
    later = await rows(told, "commits")
    assert later != before
    await move_to_the_end(told)
    assert await rows(told, "commits") == later


async def test_what_reads_the_table_by_itself_is_not_left_behind(told: AsyncEngine) -> None:
    async with told.begin() as connection:
        await connection.execute(sa.text("CREATE VIEW our_own AS SELECT count(*) FROM commits"))
    with pytest.raises(MigrationImpossible, match="our_own"):
        await use_timescale(told)
    async with told.begin() as connection:
        await connection.execute(sa.text("DROP VIEW our_own"))
    assert (await use_timescale(told)).to_move == []


async def test_two_that_move_at_the_same_time_go_one_after_the_other(told: AsyncEngine) -> None:
    await needs_two_sessions(told)
    before = await rows(told, "commits")
    found = await asyncio.gather(use_timescale(told), use_timescale(told))
    assert [one.to_move for one in found] == [[], []]
    assert await rows(told, "commits") == before

"""All kinds of databases become what they can be: found, moved, killed in the middle, and moved back.

On the embedded PostgreSQL; with TIMESCALE_DSN on that server: a real one of either edition, or the WebAssembly build
behind tests/timescale/bridge.mjs (`make timescale`).
"""

import asyncio
import sys
from datetime import timedelta

import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import AGGREGATES
from storage.migrate import alembic_configuration, ensure_organization, migrate
from storage.models import Base
from storage.timescale import HYPERTABLES, Kind, find_kind, find_state, use_timescale
from tests.server import DSN, install_timescale, needs_timescale
from tests.storage.telling import START, WEEKS, aggregates, deployed, links, repository, story, tell


async def test_the_kind_is_found_and_everything_made_of_it(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await find_kind(connection) is Kind.PLAIN) == (DSN is None)
    assert (await use_timescale(engine)).to_move == []


@needs_timescale
async def test_moving_a_plain_database_loses_nothing(plain: AsyncEngine) -> None:
    """And downgrades and upgrades, and moving once more, lose nothing either."""
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    counted, linked = await aggregates(plain, repository_id), await links(plain, repository_id)
    await install_timescale(plain)
    steps: list[str] = []
    found = await use_timescale(plain, lambda what, _done, _total: steps.append(what))
    assert {*steps} - {""} == {*HYPERTABLES, *(AGGREGATES if found.kind is Kind.COMMUNITY else ())}
    assert await aggregates(plain, repository_id) == counted
    assert await links(plain, repository_id) == linked
    async with plain.connect() as connection:
        assert (await find_state(connection)).to_move == []
    assert (await use_timescale(plain)).to_move == []
    # Facts go on: another row, and one that moves to another time.
    other = await tell(plain, organization_id, story("2", WEEKS + 1))
    key, at = repository("2").key, START + timedelta(days=7 * WEEKS)
    await tell(plain, organization_id, [repository("2"), *deployed(key, 0, at, f"{0:039x}b", "failed")])
    before = await aggregates(plain, other)
    assert len(before["weekly_dora_metrics"]) == WEEKS + 1
    await go_down_and_up(plain)
    await use_timescale(plain)
    assert await aggregates(plain, repository_id) == counted
    assert await aggregates(plain, other) == before


MOVING = """
import asyncio, sys
from storage.database import create_engine
from storage.timescale import use_timescale
asyncio.run(use_timescale(create_engine(sys.argv[1]), lambda what, done, total: print(what, flush=True)))
"""


@needs_timescale
async def test_a_move_that_is_killed_loses_nothing_and_goes_on_where_it_was(plain: AsyncEngine) -> None:
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    counted, linked = await aggregates(plain, repository_id), await links(plain, repository_id)
    await install_timescale(plain)
    url, moved = plain.url.render_as_string(hide_password=False), list[str]()
    # In the middle of the first table, of the one after the next, and so on.
    for kill_at in (1, 2, 3, 2, 0):
        mover = await asyncio.create_subprocess_exec(sys.executable, "-c", MOVING, url, stdout=asyncio.subprocess.PIPE)
        assert mover.stdout is not None
        steps = 0
        while line := (await mover.stdout.readline()).decode().strip():
            steps += 1
            moved.append(line)
            if steps == kill_at:
                mover.kill()
        await mover.wait()
        assert await aggregates(plain, repository_id) == counted
        assert await links(plain, repository_id) == linked
    assert {*moved} >= {*HYPERTABLES}
    async with plain.connect() as connection:
        assert (await find_state(connection)).to_move == []


async def go_down_and_up(engine: AsyncEngine) -> None:
    """To the very first version, long before aggregates could be views, and back."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), "0001"))
    await migrate(engine.url)
    async with engine.connect() as connection:
        tables = set(await connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relkind = 'r'")))
    assert {*Base.metadata.tables} <= tables

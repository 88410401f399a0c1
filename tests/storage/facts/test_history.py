"""Commits and pushes: once each, with the best time known."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from tests.storage.facts.samples import API, NOON, address, at, commit, query, repository


async def test_the_apis_time_replaces_the_pushs_and_moves_the_row(engine: AsyncEngine, organization_id: UUID) -> None:
    """Also the days are told, of before and after, whose aggregates differ now."""
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(), commit()])
        authored = at(-3 * 24 * 60)
        touched = await write_records(
            connection, organization_id, [commit(time=authored, time_source="api", lines_added=3), commit(time=at(5))]
        )
        (row,) = await query(connection, "SELECT time, time_source, lines_added FROM commits")
        (key,) = await query(connection, "SELECT time FROM commit_keys")
    assert row == {"time": authored, "time_source": "api", "lines_added": 3}
    assert key["time"] == authored
    assert {day for _, day in touched.commit_days} == {date(2026, 3, 1), date(2026, 3, 4)}


async def test_a_repetition_touches_nothing(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        first = await write_records(connection, organization_id, [repository(), commit()])
        again = await write_records(connection, organization_id, [repository(), commit()])
    assert len(first.repositories) == 1
    assert not again.repositories
    assert not again.commit_days


async def test_a_commit_that_retention_removed_does_not_come_back(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(), commit()])
        await query(connection, "DELETE FROM commits RETURNING 1")
        touched = await write_records(connection, organization_id, [commit(on_default_branch=False)])
        assert not await query(connection, "SELECT 1 FROM commits")
    assert not touched.repositories


async def test_what_postgresql_cannot_hold_costs_no_other_record(engine: AsyncEngine, organization_id: UUID) -> None:
    strange = commit(
        "c" * 40,
        message="nul \x00, half a pair \ud83d",
        lines_added=2**40,
        lines_deleted=-1,
        author=address("x@y.example"),
    )
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(path="acme/\x00api"), strange, commit()])
        rows = await query(connection, "SELECT message, lines_added, lines_deleted FROM commits ORDER BY commit_sha")
    assert [row["message"] for row in rows] == ["Work", "nul \ufffd, half a pair ?"]
    assert rows[1]["lines_added"] is rows[1]["lines_deleted"] is None


async def test_records_of_an_unknown_repository_make_it(engine: AsyncEngine, organization_id: UUID) -> None:
    """Its path is its id until an event tells more."""
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [commit()])
        (bare,) = await query(connection, "SELECT path, seen_at FROM repositories")
        await write_records(connection, organization_id, [repository(API, "acme/api")])
        (known,) = await query(connection, "SELECT path, name, seen_at FROM repositories")
    assert bare == {"path": "1", "seen_at": None}
    assert known == {"path": "acme/api", "name": "api", "seen_at": NOON}

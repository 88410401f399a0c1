"""What is asked of providers' APIs is not forgotten because it is asked again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.asking.enrichment import count_questions
from storage.asking.readings import (
    BACKFILL,
    CATCH_UP,
    ask_for_histories,
    claim_reading,
    fail_reading,
    list_progress,
    postpone_reading,
)
from storage.asking.repositories import Place
from tests.storage.facts.samples import query
from tests.storage.telling import story, tell

FIRST = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("gives_up", "purpose", "since"),
    [
        (False, CATCH_UP, FIRST),
        (True, CATCH_UP, FIRST),
        # A person says how far back.
        (True, BACKFILL, FIRST + HOUR),
    ],
)
async def test_what_an_outage_left_unread_is_read_with_what_is_asked_for_later(
    engine: AsyncEngine, organization_id: UUID, gives_up: bool, purpose: str, since: datetime
) -> None:
    repository_id = await tell(engine, organization_id, story("1", 2))
    place = Place(organization_id, "github", "github.com")
    async with engine.begin() as connection:
        await ask_for_histories(connection, [repository_id], purpose, FIRST)
        reading = await claim_reading(connection, [place], HOUR, HOUR)
        assert reading is not None
        if gives_up:
            await fail_reading(connection, reading, "It is down.")
        else:
            await postpone_reading(connection, reading, FIRST, "It is down.", forgiven=False)
        await ask_for_histories(connection, [repository_id], purpose, FIRST + HOUR)
        [row] = await query(connection, "SELECT since, state FROM history_readings")
    assert (row["since"], row["state"]) == (since, "waiting")


@pytest.mark.parametrize("mark", ["deleted_at", "removed_at"])
async def test_what_can_be_asked_no_more_is_not_said_to_wait_for_an_answer(
    engine: AsyncEngine, organization_id: UUID, mark: str
) -> None:
    repository_id = await tell(engine, organization_id, story("1", 2))
    async with engine.begin() as connection:
        await ask_for_histories(connection, [repository_id], BACKFILL, FIRST)
        await connection.exec_driver_sql(
            "INSERT INTO enrichment_requests (repository_id, kind, subject) VALUES ($1, 'lines', 'x')", (repository_id,)
        )
        before = (await count_questions(connection)).waiting
        assert before
        assert len(await list_progress(connection, organization_id)) == 1
        await connection.exec_driver_sql(f"UPDATE repositories SET {mark} = now()")
        assert (await count_questions(connection)).waiting == 0
        assert await list_progress(connection, organization_id) == []

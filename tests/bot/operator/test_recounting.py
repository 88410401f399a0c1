"""`devmetrics check` says how far counting again by new rules is."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.bot.operator.running import Devmetrics
from tests.storage.telling import count, story


async def test_check_says_how_many_repositories_an_older_version_counted(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        told = [record for name in "123" for record in story(name, weeks=1)]
        repositories = await count(connection, organization_id, told)
        outdated = "UPDATE repositories SET counted_by = 0 WHERE id <> :id"
        await connection.execute(text(outdated), {"id": repositories[0]})
    result = await devmetrics("check")
    assert result.status == 0
    assert "numbers: 1 of 3 repositories are counted by this version's rules; 2 still" in result.out

    await Worker(engine).work()
    assert "numbers:" not in (await devmetrics("check")).out

"""How long `team platform 30d` takes, once there is a history."""

import statistics
import time
from datetime import UTC, datetime
from uuid import UUID

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import CommandContext, answer
from storage.migrate import ensure_organization
from tests.benchmarks.processes import watching
from tests.benchmarks.setting import ANSWERS, Setting, judge, say

TARGET_MILLISECONDS = 50.0
# `platform` owns the ten whose names end like this; `everything` owns all fifty.
OWNED = {"platform": "parcelway/large-0%", "everything": "parcelway/large-%"}


async def measure_answers(setting: Setting) -> None:
    """Ask as Slack and `devmetrics ask` do, from the words to the blocks."""
    async with setting.engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
        for slug, paths in OWNED.items():
            parameters = {"organization_id": organization_id, "slug": slug, "paths": paths}
            await connection.execute(text(MAKE_TEAM), parameters)
    async with setting.engine.connect() as connection:
        # Autovacuum would do it within a minute.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
    for slug in OWNED:
        await measure_question(setting, setting.engine, organization_id, f"team {slug} 30d", TARGET_MILLISECONDS)


async def measure_question(
    setting: Setting, engine: AsyncEngine, organization_id: UUID, question: str, target: float
) -> None:
    """The median and the 95th percentile of many answers, one after the other, and what they cost."""
    context = CommandContext(engine, organization_id, now=datetime.now(UTC))
    answered = await answer(question, context)
    if not answered.understood:
        raise RuntimeError(answered.text)
    milliseconds = []
    with watching(application=psutil.Process().pid, postgresql=setting.server) as usage:
        for _ in range(ANSWERS):
            started = time.perf_counter()
            await answer(question, context)
            milliseconds.append((time.perf_counter() - started) * 1000)
    judge(f"  {question}, median of {ANSWERS}", statistics.median(milliseconds), target, " ms")
    say(f"    p95: {statistics.quantiles(milliseconds, n=20)[-1]:.0f} ms; {usage.each(ANSWERS, 'an answer')}")


MAKE_TEAM = """
WITH team AS (
    INSERT INTO teams (organization_id, slug, name, added_by) VALUES (:organization_id, :slug, :slug, 'person')
    RETURNING id
)
INSERT INTO team_repositories (team_id, repository_id, added_by)
SELECT team.id, repositories.id, 'person' FROM team, repositories WHERE path LIKE :paths
"""

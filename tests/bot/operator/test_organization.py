"""`devmetrics organization`: what holds for the whole organization."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics


async def test_the_organizations_zone_holds_until_a_team_has_its_own(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")
    for words in (
        ["organization", "set", "--timezone", "Asia/Tokyo"],
        ["team", "set", "platform", "--timezone", "Europe/Berlin"],
    ):
        result = await devmetrics(*words)
        assert (result.status, result.err) == (0, "")
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT timezone FROM organizations"))).scalars().all() == ["Asia/Tokyo"]
        assert (await connection.execute(text("SELECT timezone FROM team_settings"))).scalars().all() == [
            "Europe/Berlin"
        ]

    await devmetrics("team", "set", "platform", "--timezone", "default")
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT timezone FROM team_settings"))).scalars().all() == []
        acts = (await connection.execute(text("SELECT action FROM audit_logs ORDER BY id"))).scalars().all()
    assert acts == ["team.add", "organization.set_timezone", "team.set_timezone", "team.set_timezone"]


async def test_a_zone_nobody_knows_is_refused(devmetrics: Devmetrics) -> None:
    result = await devmetrics("organization", "set", "--timezone", "Mars")
    assert (result.status, result.out) == (1, "")
    assert "'Mars'" in result.err

"""`devmetrics organization`: what holds for the whole of one, and whether it is there."""

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


async def test_one_is_removed_after_it_was_asked_and_restored_with_all_it_had(devmetrics: Devmetrics) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")
    asked = await devmetrics("organization", "remove", "default", stdin="n\n")
    assert asked.status == 1
    assert "default has 1 team, 0 repositories and 0 digests." in asked.err
    assert (await devmetrics("team", "list")).status == 0

    removed = await devmetrics("organization", "remove", "default", stdin="y\n")
    assert removed.status == 0
    assert "organization restore default" in removed.out
    for words in (["team", "list"], ["ask", "team platform"], ["token", "create", "--name", "x"]):
        refused = await devmetrics(*words)
        assert (refused.status, refused.out) == (1, "")
        assert "`devmetrics organization restore default` brings it back" in refused.err
    checked = await devmetrics("check")
    assert checked.status == 1
    assert "problem  organization: The organization 'default' was removed on" in checked.out
    assert "organization.remove  default" in (await devmetrics("audit")).out
    assert "removed" in (await devmetrics("organization", "list")).out
    # Another one goes on.
    assert (await devmetrics("team", "list", ORGANIZATION="other")).status == 0

    restored = await devmetrics("organization", "restore", "default")
    assert (restored.status, restored.err) == (0, "")
    assert "turned off meanwhile" in restored.out
    assert "platform" in (await devmetrics("team", "list")).out


async def test_an_organization_nobody_knows_or_that_is_so_already_is_refused(devmetrics: Devmetrics) -> None:
    await devmetrics("team", "list")
    for words, said in (
        ("remove acme --yes", "There is no organization 'acme'"),
        ("restore acme", "There is no organization 'acme'"),
        ("restore default", "is not removed"),
    ):
        result = await devmetrics("organization", *words.split())
        assert (result.status, result.out) == (1, "")
        assert said in result.err
    assert (await devmetrics("organization", "remove", "default", "--yes")).status == 0
    again = await devmetrics("organization", "remove", "default", "--yes")
    assert (again.status, again.out) == (1, "")
    assert "was removed on" in again.err

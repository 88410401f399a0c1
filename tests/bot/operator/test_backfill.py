"""`devmetrics backfill`: the last 90 days in the tables, with progress, and again without doing it twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.backfill import beginning
from tests.bot.operator.running import Devmetrics
from tests.fakes.github.server import APP_ID, FakeGitHub, pem, serving
from tests.fakes.github.telling import PEOPLE, grow
from tests.fakes.github.world import Team, World
from tests.handlers.asking.setting import rows

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@asynccontextmanager
async def here() -> AsyncIterator[FakeGitHub]:
    """A GitHub whose pages and API are at one address, as an Enterprise Server's are."""
    async with serving(World()) as github:
        github.world.web = github.url
        yield github


def environment(github: FakeGitHub) -> dict[str, str]:
    return {"GITHUB_APP_ID": APP_ID, "GITHUB_PRIVATE_KEY": pem(), "GITHUB_API_URL": github.url}


async def test_everything_that_the_app_sees_is_read_and_check_says_so(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    """An App that was installed before devmetrics ran: no webhook told of its repositories."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    async with here() as github:
        grow(github.world, 2, start, 6)
        github.world.teams.append(Team(5, "platform", "Platform", PEOPLE[:2], {"octo/app-1": "maintain"}))
        result = await devmetrics("backfill", **environment(github))
        assert (result.status, result.err) == (0, "")
        assert "2 of 2 repositories read" in result.out
        again = await devmetrics("backfill", "Octo/App-1", "--since", "30d", **environment(github))
        assert "1 of 1 repository read" in again.out
        checked = await devmetrics("check", **environment(github))
    assert "ok       history: 2 of 2 repositories read" in checked.out
    assert "(2 repositories, 1 team, 0 taken from teams)" in checked.out
    assert "deliveries: failed deliveries are asked for again every hour" in checked.out
    assert await rows(engine, "SELECT slug FROM teams") == [("platform",)]
    assert await rows(engine, "SELECT count(*) > 10 FROM commits WHERE lines_added IS NOT NULL") == [(True,)]


async def test_what_cannot_be_read_costs_itself_alone_and_check_says_so(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    """A commit of a machine whose clock is centuries off."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    async with here() as github:
        grow(github.world, 1, start, 6)
        [repository] = github.world.repositories.values()
        line = repository.line(repository.head)
        line[3].authored_at = line[3].committed_at = datetime(2300, 1, 1, tzinfo=UTC)
        result = await devmetrics("backfill", **environment(github))
        checked = await devmetrics("check", **environment(github))
    assert (result.status, result.err) == (0, "")
    assert "1 thing that cannot be read left out (Its `authoredDate` is no time" in checked.out
    shas = {sha for (sha,) in await rows(engine, "SELECT commit_sha FROM commits WHERE on_default_branch")}
    assert {one.sha for one in line} - shas == {line[3].sha}


async def test_without_an_api_the_remedy_is_said(devmetrics: Devmetrics) -> None:
    result = await devmetrics("backfill")
    assert result.status == 1
    assert "devmetrics setup" in result.err


async def test_a_key_that_is_refused_and_an_app_that_sees_nothing_are_said(devmetrics: Devmetrics) -> None:
    async with here() as github:
        other = environment(github) | {"GITHUB_APP_ID": "4711"}
        refused = await devmetrics("backfill", **other)
        nothing = await devmetrics("backfill", **environment(github))
    assert (refused.status, refused.out, nothing.status, nothing.out) == (1, "", 1, "")
    assert "GitHub does not accept the key of the App 4711: check GITHUB_APP_ID and GITHUB_PRIVATE_KEY." in refused.err
    assert "There is no repository to read" in nothing.err


async def test_a_repository_that_nobody_knows_is_said(devmetrics: Devmetrics) -> None:
    async with here() as github:
        result = await devmetrics("backfill", "octo/nothing", **environment(github))
    assert result.status == 1
    assert "octo/nothing: no provider that can be asked knows it" in result.err


async def test_what_fails_is_named_with_its_reason(devmetrics: Devmetrics) -> None:
    async with here() as github:
        grow(github.world, 1, datetime.now(UTC) - timedelta(days=3), 1)
        await devmetrics("backfill", **environment(github))
        github.world.installation.suspended = True
        result = await asyncio.wait_for(devmetrics("backfill", "octo/app-1", **environment(github)), 30)
    assert result.status == 1
    assert "octo/app-1: The installation is suspended on GitHub" in result.err


def test_since_is_days_or_a_date() -> None:
    assert beginning("90d", NOW) == NOW - timedelta(days=90)
    assert beginning("2026-09-01", NOW) == datetime(2026, 9, 1, tzinfo=UTC)
    for wrong in ("soon", "0d", "2027-01-01"):
        with pytest.raises(typer.BadParameter):
            beginning(wrong, NOW)

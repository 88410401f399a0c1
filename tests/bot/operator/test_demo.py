"""`devmetrics demo`: from nothing to a true answer, and quickly up again."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from bot.demo.company import write_story
from bot.demo.folder import demo_folder
from bot.demo.signing import new_secrets
from bot.operator import demo
from bot.operator.session import connected
from bot.settings import Settings
from reports.period import parse_period
from reports.report import Report
from reports.scope import find_team
from reports.team_report import team_report
from storage.migrate import ensure_organization
from tests.bot.demo.counting import Count, count_team

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def settings_in(folder: Path, port: int = 0) -> Settings:
    return Settings.model_construct(data_dir=folder, port=port)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: as root, PostgreSQL runs as another user, who may not enter that one."""
    with TemporaryDirectory(prefix="devmetrics-demo-") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@pytest.fixture
def console() -> Console:
    """A pipe: no terminal, no bar."""
    return Console(file=StringIO(), highlight=False, width=100)


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_the_history_is_loaded_and_every_number_is_the_one_counted_from_the_script(
    folder: Path, console: Console
) -> None:
    """The longest way there is: script, payloads, signatures, door, queue, handlers, tables, links, reports."""
    settings = settings_in(folder)
    await demo.run(settings, console, TODAY, once=True)
    said = printed(console)
    assert "/devmetrics team platform" in said
    assert "Deployment frequency" in said
    assert "\x1b" not in said

    story = write_story(TODAY)
    beside = demo.demo_settings(settings, demo_folder(folder, TODAY, story), new_secrets(), "token")
    async with connected(beside) as engine, engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
        for slug in ("platform", "payments", "mobile"):
            for period in ("30d", "7d", "12w", "last month"):
                scope = await find_team(connection, organization_id, slug)
                assert scope is not None
                window = parse_period(period, "UTC", NOON)
                report = await team_report(connection, scope, window, NOON)
                expected = count_team(story, slug, window.start, window.end)
                assert said_of(report) == approximately(expected), (slug, period)

    again = Console(file=StringIO(), highlight=False, width=100)
    started = time.monotonic()
    await demo.run(settings, again, TODAY, once=True)
    assert "loaded already" in printed(again)
    assert (
        printed(again).partition("/devmetrics")[2].splitlines()[1:-1]
        == (said.partition("/devmetrics")[2].splitlines()[1:-1])
    )
    # Five on a quiet machine.
    assert time.monotonic() - started < 20


def said_of(report: Report) -> dict[str, float | None]:
    numbers = report.numbers
    work = numbers.pull_requests
    return {
        "deployments": numbers.deployment_frequency.deployments,
        "failed": numbers.change_failure_rate.failed,
        "unplanned": numbers.rework_rate.unplanned,
        "opened": work.opened,
        "merged": work.merged,
        "closed_unmerged": work.closed_unmerged,
        "open": work.open,
        "changes": numbers.lead_time.n,
        "lead_time_seconds": numbers.lead_time.p50_seconds,
        "cycle_time_seconds": work.cycle_time.p50_seconds,
        "coding_seconds": work.stages.coding.p50_seconds,
        "pickup_seconds": work.stages.pickup.p50_seconds,
        "review_seconds": work.stages.review.p50_seconds,
    }


def approximately(count: Count) -> object:
    return pytest.approx({name: getattr(count, name) for name in EXPECTED}, abs=0.001)


EXPECTED = (
    "deployments",
    "failed",
    "unplanned",
    "opened",
    "merged",
    "closed_unmerged",
    "open",
    "changes",
    "lead_time_seconds",
    "cycle_time_seconds",
    "coding_seconds",
    "pickup_seconds",
    "review_seconds",
)

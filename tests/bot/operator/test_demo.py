"""`devmetrics demo`: from nothing to a true answer, and quickly up again."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiohttp import ClientSession
from rich.console import Console

from bot.demo.company import write_story
from bot.demo.folder import demo_folder
from bot.demo.sending import NotTaken
from bot.demo.signing import new_secrets
from bot.operator import demo
from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.settings import Settings
from reports.period import parse_period
from reports.report import Report
from reports.scope import find_team
from reports.team_report import team_report
from storage.migrate import ensure_organization
from tests import readme
from tests.bot.demo.counting import Count, count_team
from tests.patience import SECONDS_TO_START

NOON = readme.MOMENT
TODAY = NOON.date()


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
    return Console(file=StringIO(), highlight=False, width=readme.WIDTH)


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def test_the_history_is_loaded_and_every_number_is_the_one_counted_from_the_script(
    folder: Path, console: Console
) -> None:
    """The longest way there is: script, payloads, signatures, door, queue, handlers, tables, links, reports."""
    settings = settings_in(folder)
    await demo.run(settings, console, NOON, once=True)
    said = printed(console)
    assert "/devmetrics team platform" in said
    assert "Deployment frequency" in said
    assert "\x1b" not in said
    assert readme.in_readme() == readme.shown(said), "run: .venv/bin/python -m tests.readme"

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

    again = Console(file=StringIO(), highlight=False, width=readme.WIDTH)
    await demo.run(settings, again, NOON, once=True)
    assert "loaded already" in printed(again)
    assert (
        printed(again).partition("/devmetrics")[2].splitlines()[1:-1]
        == (said.partition("/devmetrics")[2].splitlines()[1:-1])
    )


def said_of(report: Report) -> dict[str, float | None]:
    numbers = report.numbers
    work = numbers.pull_requests
    return {
        "deployments": numbers.deployment_frequency.deployments,
        "failed": numbers.change_failure_rate.failed,
        "unplanned": numbers.rework_rate.unplanned,
        "recoveries": numbers.recovery_time.n,
        "recovery_seconds": numbers.recovery_time.p50_seconds,
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
        "deploy_seconds": work.stages.deploy.p50_seconds,
    }


def approximately(count: Count) -> object:
    return pytest.approx(asdict(count), abs=0.001)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens, with a free one after it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


async def start(folder: Path, port: int) -> asyncio.subprocess.Process:
    """`devmetrics demo` in a pipe, with today's history marked as loaded, so that it is up at once."""
    today = datetime.now(UTC).date()
    loaded = demo_folder(folder, today, write_story(today))
    loaded.path.mkdir(parents=True)
    loaded.path.chmod(0o711)
    loaded.path.parent.chmod(0o711)
    loaded.remember(0)
    # Nothing of whoever runs the tests.
    environment = {"PATH": os.defpath, "HOME": str(folder), "DATA_DIR": str(folder), "PORT": str(port)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        env={**environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_takes_another_port_goes_on_living_and_ends_cleanly(folder: Path, taken_port: int) -> None:
    process = await start(folder, taken_port)
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(SECONDS_TO_START):
            while "Ctrl-C" not in said:
                line = await process.stdout.readline()
                assert line, (await process.communicate())[1].decode()
                said += line.decode()
            assert f"Port {taken_port} is taken: using " in said
            address = re.findall(r"http://127\.0\.0\.1:\d+(?=/api)", said)[0]
            metrics = await metrics_with_a_live_delivery(address)
            assert re.search(r'devmetrics_deliveries\{state="failed"\} [1-9]', metrics) is None
            process.send_signal(signal.SIGINT)
            rest, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    assert "Stopped." in rest.decode()
    assert "Traceback" not in errors.decode()


async def metrics_with_a_live_delivery(address: str) -> str:
    """The first one comes within seconds."""
    async with ClientSession() as session:
        for _ in range(100):
            async with session.get(f"{address}/metrics") as response:
                metrics = await response.text()
            if re.search(r'devmetrics_deliveries\{state="done"\} [1-9]', metrics):
                return metrics
            await asyncio.sleep(0.3)
    raise AssertionError(metrics)


def test_of_many_refusals_the_first_is_told() -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("senders", [NotTaken("401 why"), NotTaken("401 too")])])
    told = demo.first_of(group)
    assert isinstance(told, Failed)
    assert str(told) == "401 why"
    assert isinstance(demo.first_of(ExceptionGroup("tasks", [OSError("gone")])), OSError)

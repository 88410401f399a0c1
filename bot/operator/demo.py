"""`devmetrics demo`: a sample company's history through the real webhook door, a first answer, then a trickle."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from shutil import which
from typing import Annotated, NamedTuple
from uuid import UUID

import typer
import uvloop
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import CommandContext, answer
from bot.demo.company import play_live, write_story
from bot.demo.digests import send_last_digests
from bot.demo.folder import DemoFolder, demo_folder
from bot.demo.loading import load
from bot.demo.page.opening import open_page
from bot.demo.sending import NotTaken, send_when_due
from bot.demo.signing import Secrets, new_secrets, of_providers
from bot.demo.workspace.server import Workspace
from bot.logs import configure_logs
from bot.operator.failure import Failed
from bot.operator.serve import listening, working
from bot.operator.session import connected
from bot.operator.terminal import print_answer
from bot.schedule import ticking
from bot.settings import Settings, load_settings
from bot.stopping import Stopping
from handlers.asking.apis import Apis, none_at_all
from storage.migrate import ensure_organization

# Ports tried after the configured one, when that is taken.
MORE_PORTS = 20
QUESTION = "team platform"


def register(app: typer.Typer) -> None:
    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="Load the history, answer, and end.")] = False,
    ) -> None:
        """See it with a sample company: nothing to configure, no account anywhere."""
        settings = load_settings()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_until_stopped(settings, Console(highlight=False), datetime.now(UTC), once=once))


async def run_until_stopped(settings: Settings, console: Console, now: datetime, *, once: bool) -> None:
    """Ctrl-C and SIGTERM end it; with `once` it ends when the answer is printed."""
    demo = asyncio.create_task(run(settings, console, now, once=once))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, demo.cancel)
    try:
        await demo
    except asyncio.CancelledError:
        console.print("\nStopped. The next start goes on from here.")


async def run(settings: Settings, console: Console, now: datetime, *, once: bool) -> None:
    """The history ends at the last midnight before `now` (UTC), and the question is asked at `now`."""
    started = time.monotonic()
    story = write_story(now.date())
    folder = demo_folder(settings.data_dir, now.date(), story)
    secrets, token = new_secrets(), token_urlsafe(12)
    settings = demo_settings(settings, folder, secrets, token)
    configure_logs(settings)
    async with (
        open_page(settings.port and settings.port + 1) as slack,
        serving(with_slack(settings, slack.workspace), console) as server,
        slack.connected(server.address),
    ):
        if folder.live_changes is None:
            try:
                await load(console, story, server.engine, server.organization_id, server.address, secrets)
            except ExceptionGroup as problems:
                # Of many at once a person is told one: they fail alike.
                raise first_of(problems) from problems
            folder.remember(0)
        else:
            console.print("Today's history is loaded already.")
        await show_answer(console, server, now)
        console.print(f"\nReady after {time.monotonic() - started:.0f} s.", style="dim")
        if once:
            return
        console.print(what_next(slack.address, server.address, folder, token), soft_wrap=True)
        live = play_live(story, datetime.now(UTC), after=folder.live_changes or 0)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(send_last_digests(server.engine, server.organization_id, slack.workspace, now))
                group.create_task(send_when_due(server.address, secrets, live, folder.remember))
        except ExceptionGroup as problems:
            # As above: a sentence for a person, not a group.
            raise first_of(problems) from problems


def first_of(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of many senders that failed at once, what the first one says."""
    problem = problems.exceptions[0]
    if isinstance(problem, BaseExceptionGroup):
        return first_of(problem)
    return Failed(str(problem)) if isinstance(problem, NotTaken) else problem


def demo_settings(settings: Settings, folder: DemoFolder, secrets: Secrets, token: str) -> Settings:
    """A world of its own: the embedded database in its folder, secrets of this run, nobody outside."""
    return Settings.model_construct(
        host=settings.host,
        port=settings.port,
        data_dir=folder.path,
        api_token=SecretStr(token),
        providers=of_providers(secrets),
        log_level="debug" if settings.log_level == "debug" else "warning",
        log_format=settings.log_format,
    )


def with_slack(settings: Settings, workspace: Workspace) -> Settings:
    """The application is installed in this workspace."""
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(workspace.bot_token),
            "slack_signing_secret": SecretStr(workspace.signing_secret),
            "slack_api_url": workspace.api_url,
        }
    )


class Server(NamedTuple):
    engine: AsyncEngine
    organization_id: UUID
    address: str


@asynccontextmanager
async def serving(settings: Settings, console: Console) -> AsyncIterator[Server]:
    """What `serve` runs, on the first free port."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(connected(settings))
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        # The sample company's repositories are nowhere else.
        apis = Apis(none_at_all)
        stopping = Stopping()
        await stack.enter_async_context(working(settings, engine, apis, stopping))
        await stack.enter_async_context(ticking(settings, engine, organization_id, apis, stopping))
        port = await listen(stack, settings, engine, organization_id, stopping)
        if settings.port not in (0, port):
            console.print(f"Port {settings.port} is taken: using {port}.")
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (compared, not bound)
        try:
            yield Server(engine, organization_id, f"http://{host}:{port}")
        finally:
            stopping.begin()


async def listen(
    stack: AsyncExitStack, settings: Settings, engine: AsyncEngine, organization_id: UUID, stopping: Stopping
) -> int:
    """Open the door on the configured port, or on the next one that is free."""
    last = min(settings.port + MORE_PORTS, 65535) if settings.port else 0
    for port in range(settings.port, last + 1):
        attempt = settings.model_copy(update={"port": port})
        try:
            return await stack.enter_async_context(listening(attempt, engine, organization_id, stopping))
        except Failed:
            if port == last:
                raise
    raise AssertionError("the last port returns or raises")


async def show_answer(console: Console, server: Server, now: datetime) -> None:
    """What Slack would answer, as `devmetrics ask` prints it."""
    console.print(f"[bold]/devmetrics {QUESTION}[/bold]")
    context = CommandContext(server.engine, server.organization_id, now=now)
    print_answer(console, await answer(QUESTION, context))


def what_next(page: str, address: str, folder: DemoFolder, token: str) -> str:
    """Things to try while it runs."""
    # `make demo` runs it from a .venv that is not on the PATH of the second terminal.
    installed = Path(sys.executable).with_name("devmetrics")
    program = f"DATA_DIR={folder.path} {'devmetrics' if which('devmetrics') else installed}"
    return f"""
[bold]Open {page}[/bold]: the company's Slack, with devmetrics in it.

[bold]Or ask[/bold] in a second terminal:
  {program} ask "team payments"
  {program} ask "repo parcelway/gateway 12w"
  {program} deliveries list --state failed
  curl -H "Authorization: Bearer {token}" "{address}/api/v1/teams/platform/metrics?period=30d"

The company goes on working: a change every few minutes arrives at {address}. Ctrl-C ends it.
"""

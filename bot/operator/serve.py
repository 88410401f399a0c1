"""`devmetrics serve`: the web server, the worker and the timer, in one process or apart."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated
from uuid import UUID

import structlog
import typer
import uvloop
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.apis import reachable
from bot.app import create_app
from bot.github_setup.admission import invitation
from bot.keys import IN_HAND
from bot.logs import configure_logs
from bot.operator.failure import Failed
from bot.operator.introduction import introduce
from bot.operator.session import connected
from bot.schedule import ticking
from bot.settings import Settings, load_settings
from bot.stopping import Stopping
from handlers.asking.apis import Apis
from handlers.asking.backfilling import Backfiller
from handlers.asking.enriching import Enricher
from handlers.process import Worker
from storage.connections import list_connections
from storage.migrate import ensure_organization
from storage.organizations import OrganizationRemoved, refuse_removed

PARTS = ("web", "worker", "scheduler")

logger = structlog.get_logger(__name__)


def register(app: typer.Typer) -> None:
    @app.command()
    def serve(
        only: Annotated[
            str, typer.Option(help="Run only these parts, separated by commas: web, worker, scheduler.")
        ] = ",".join(PARTS),
    ) -> None:
        """Receive webhooks, process them, and answer Slack. Needs no configuration to start."""
        parts = {part.strip() for part in only.split(",")}
        if unknown := parts - set(PARTS):
            raise typer.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}.")
        settings = load_settings()
        configure_logs(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings, parts))


async def run(settings: Settings, parts: set[str]) -> None:
    """Until SIGTERM or SIGINT: then stop taking, finish what is in hand while there is time, and leave."""
    stopping = Stopping()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.begin)
    calm_garbage_collection()
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(connected(settings, pool_size=10))
        async with engine.begin() as connection:
            # Others are served here too, and one that is removed is to be dropped in its time.
            organization_id = await ensure_organization(connection, settings.organization, also_removed=True)
        apis = reachable(settings, engine, organization_id)
        stack.push_async_callback(apis.close)
        if "worker" in parts:
            await stack.enter_async_context(working(settings, engine, apis, stopping))
        if "scheduler" in parts:
            await stack.enter_async_context(ticking(settings, engine, organization_id, apis, stopping))
        port = None
        if "web" in parts:
            port = await stack.enter_async_context(listening(settings, engine, organization_id, stopping))
        async with engine.connect() as connection:
            introduce(settings, parts, port, await list_connections(connection, organization_id))
            if "web" in parts and (address := await invitation(connection, organization_id, settings)):
                logger.info(f"Connect GitHub in three clicks, good until it is done: {address}")
            try:
                await refuse_removed(connection, organization_id)
            except OrganizationRemoved as removed:
                logger.warning(str(removed))
        await stopping.begun.wait()
        logger.info("Stopping: what is in hand is finished first.")
    logger.info("Stopped.")


def calm_garbage_collection() -> None:
    """A batch makes a hundred thousand objects without cycles, among which the collector would look for some all the
    time: a tenth of the worker's."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@asynccontextmanager
async def working(settings: Settings, engine: AsyncEngine, apis: Apis, stopping: Stopping) -> AsyncIterator[None]:
    """What came in is processed, and providers are asked what it left open."""
    parts = (
        Worker(engine, hosts=settings.hosts, incident_labels=settings.incident_labels),
        Enricher(engine, apis),
        Backfiller(engine, apis),
    )
    tasks = [asyncio.create_task(part.run(stopping.begun)) for part in parts]
    try:
        yield
    finally:
        stopping.begin()
        # What cannot end in time (a batch behind a lock, a step that its provider keeps waiting) is left, and nothing
        # of it is written: whoever comes next does it again.
        _, late = await asyncio.wait(tasks, timeout=stopping.seconds_left)
        for task in late:
            task.cancel()
        for problem in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(problem, Exception):
                raise problem


@asynccontextmanager
async def listening(
    settings: Settings, engine: AsyncEngine, organization_id: UUID, stopping: Stopping
) -> AsyncIterator[int]:
    """Yields the port, which the system chooses when PORT is 0."""
    app = create_app(settings, engine, organization_id, stopping)
    # Requests were waited for when it cleans up.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
    try:
        try:
            await site.start()
        except OSError as problem:
            raise Failed(
                f"Nothing can listen on {settings.host} port {settings.port} ({problem.strerror}): is devmetrics "
                "running already? Stop it, or set PORT to another port."
            ) from problem
        yield int(runner.addresses[0][1])
        await site.stop()
        await app[IN_HAND].wait(stopping.seconds_left)
    finally:
        await runner.cleanup()

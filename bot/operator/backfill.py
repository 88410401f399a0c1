"""`devmetrics backfill`: what happened before the first webhook, read from the providers' APIs."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.apis import reachable
from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.team import actor
from bot.settings import Settings, load_settings
from bot.slack.wording import counted
from handlers.asking.apis import Apis
from handlers.asking.backfilling import LONGEST, Backfiller
from handlers.asking.keeping import Keeper
from storage.asking import readings
from storage.asking.enrichment import ask_again
from storage.asking.readings import BACKFILL, ask_again_for_chosen, ask_for_histories, list_progress
from storage.asking.repositories import Repository, list_repositories
from storage.asking.runs import list_runs
from storage.audit import audit
from storage.migrate import ensure_organization

DAYS = re.compile(r"([1-9][0-9]{0,3})d")
LOOK_SECONDS = 0.5
NOBODY_TO_ASK = "No provider can be asked: give one its API with `devmetrics setup` (see `devmetrics setup --help`)."

NOTHING_SEEN = (
    "There is no repository to read: the app is installed on none, or the token sees none. Install the app on your "
    "repositories, or give a token that sees them; then run this again."
)


def register(app: typer.Typer) -> None:
    @app.command()
    def backfill(
        repositories: Annotated[
            list[str] | None, typer.Argument(metavar="REPOSITORY", help="OWNER/NAME; without any: all of them.")
        ] = None,
        since: Annotated[
            str, typer.Option(help="How far back: 90d, or a date such as 2026-09-01.")
        ] = f"{LONGEST.days}d",
    ) -> None:
        """Read what happened before the first webhook. Stop it when you like: it goes on where it was."""
        begin = beginning(since, datetime.now(UTC))
        settings = load_settings()
        failed = asyncio.run(run(settings, repositories or [], begin, Console(highlight=False)))
        if failed:
            raise Failed("\n".join(f"{one.path}: {one.reason}" for one in failed))


def beginning(since: str, now: datetime) -> datetime:
    """The moment that `--since` names."""
    if days := DAYS.fullmatch(since):
        return now - timedelta(days=int(days[1]))
    try:
        begin = datetime.combine(date.fromisoformat(since), time(), UTC)
    except ValueError:
        raise typer.BadParameter(f"{since}: write 90d, or a date such as 2026-09-01.", param_hint="--since") from None
    if begin > now:
        raise typer.BadParameter(f"{since} is in the future.", param_hint="--since")
    return begin


async def run(settings: Settings, paths: Sequence[str], since: datetime, console: Console) -> list[readings.Progress]:
    """What could not be read."""
    async with connected(settings) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        apis = reachable(settings, engine, organization_id)
        try:
            places = list(await apis.current())
            if not places:
                raise Failed(NOBODY_TO_ASK)
            if not paths:
                # An App that was installed before devmetrics ran: what it sees, no webhook told.
                await Keeper(engine, apis).run_due(hurry=True)
            refusals = [] if paths else await list_refusals(engine, organization_id)
            async with engine.begin() as connection:
                wanted = choose(await list_repositories(connection, places, archived=True), paths)
                if not wanted:
                    raise Failed("\n".join(refusals) or NOTHING_SEEN)
                ids = [repository.id for repository in wanted]
                await ask_for_histories(connection, ids, BACKFILL, since)
                await ask_again_for_chosen(connection, ids)
                await ask_again(connection, ids)
                told = {"since": f"{since:%Y-%m-%d}", "repositories": len(ids)}
                subject = ", ".join(paths) or "all repositories"
                await audit(connection, organization_id, actor(), "history.ask", subject, None, told)
            for refusal in refusals:
                typer.echo(f"What is new there is not known: {refusal}", err=True)
            return await read_all(engine, apis, organization_id, ids, console)
        finally:
            await apis.close()


async def list_refusals(engine: AsyncEngine, organization_id: UUID) -> list[str]:
    """Why providers did not tell which repositories there are."""
    async with engine.connect() as connection:
        runs = await list_runs(connection, organization_id)
    return [f"{run.host}: {run.reason}" for run in runs if run.job == "teams" and run.reason]


def choose(known: Sequence[Repository], paths: Sequence[str]) -> list[Repository]:
    """Raises `Failed` for a path that nobody knows."""
    by_path = {repository.path.lower(): repository for repository in known}
    if unknown := [path for path in paths if path.lower() not in by_path]:
        raise Failed(
            f"{', '.join(unknown)}: no provider that can be asked knows it. `devmetrics backfill` without a name "
            "finds what the App sees."
        )
    return [by_path[path.lower()] for path in paths] if paths else list(known)


async def read_all(
    engine: AsyncEngine, apis: Apis, organization_id: UUID, ids: Sequence[UUID], console: Console
) -> list[readings.Progress]:
    """Until each is done or failed, here or in a running `serve`."""
    stopping = asyncio.Event()
    work = asyncio.create_task(Backfiller(engine, apis, poll_seconds=LOOK_SECONDS).run(stopping))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
            bar = shown.add_task("Reading", total=len(ids))
            while True:
                async with engine.connect() as connection:
                    listed = await list_progress(connection, organization_id)
                mine = [one for one in listed if one.purpose == BACKFILL and one.repository_id in ids]
                waiting = [one for one in mine if one.state == "waiting"]
                shown.update(bar, completed=len(mine) - len(waiting), description=describe(mine))
                if not waiting:
                    break
                await asyncio.wait([work], timeout=LOOK_SECONDS)
    finally:
        stopping.set()
        with suppress(asyncio.CancelledError):
            await work
    done = [one for one in mine if one.state == "done"]
    records = sum(one.records for one in done)
    repositories = counted(len(mine), "repository", "repositories")
    console.print(f"{len(done):,} of {repositories} read: {counted(records, 'record')}.")
    return [one for one in mine if one.state == "failed"]


def describe(mine: Sequence[readings.Progress]) -> str:
    """What is being read, or what it waits for."""
    waiting = [one for one in mine if one.state == "waiting"]
    late = [one for one in waiting if one.reason and one.next_attempt_at > datetime.now(UTC)]
    if waiting and len(late) == len(waiting):
        until = min(one.next_attempt_at for one in late)
        return f"Waiting until {until:%H:%M} UTC: {late[0].reason}"
    records = sum(one.records for one in mine)
    parts = sorted({one.part for one in waiting if one.part})
    return counted(records, "record") + (f", reading {', '.join(parts)}" if parts else "")

"""Loads the sample company: its history through the webhook door, then its teams."""

import asyncio
import time
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.script import Story
from bot.demo.company.telling import tell
from bot.demo.sending import send_all, wait_until_processed
from bot.demo.signing import Secrets
from bot.demo.teams import make_teams
from bot.slack.wording import counted


async def load(
    console: Console, story: Story, engine: AsyncEngine, organization_id: UUID, address: str, secrets: Secrets
) -> None:
    """Send the whole history, wait until it is processed, make the teams. Running it again adds nothing twice."""
    started = time.monotonic()
    console.print(
        "Parcelway is a sample company: 3 teams, 8 repositories on GitHub and GitLab, 120 days of work.\n"
        "Its webhooks are signed and sent to this server, as GitHub and GitLab would send them."
    )
    history = await asyncio.to_thread(tell, story)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Without a terminal there is nothing to draw on.
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        sent = progress.add_task("sent", total=len(history))
        processed = progress.add_task("processed", total=len(history))
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send_all(address, secrets, history, lambda: progress.advance(sent)))
            group.create_task(
                wait_until_processed(engine, sending, lambda count: progress.update(processed, completed=count))
            )
    async with engine.begin() as connection:
        await make_teams(connection, organization_id)
    deliveries = counted(len(history), "delivery", "deliveries")
    console.print(f"{deliveries} sent and processed in {time.monotonic() - started:.0f} s.\n")

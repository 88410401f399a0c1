"""`devmetrics migrate`: brings the database to this version's tables, and makes of it what it can be."""

import asyncio

import typer
from rich.console import Console
from rich.progress import Progress

from bot.operator.session import connected
from bot.settings import Settings, load_settings
from storage.timescale import Found, use_timescale


def register(app: typer.Typer) -> None:
    @app.command()
    def migrate() -> None:
        """Bring the database to this version's tables (`serve` does it too), and use TimescaleDB if it is there."""
        found = asyncio.run(_migrate(load_settings()))
        typer.echo(f"The database is up to date. It is {found.meaning}")


async def _migrate(settings: Settings) -> Found:
    async with connected(settings, pool_size=2) as engine:
        # On stderr, and only on a terminal: a pipe gets the last word alone.
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Looking at the database", total=None)

            def tell(what: str, done: int, total: int) -> None:
                bar.update(task, description=f"Moving {what}" if what else "Moved", completed=done, total=total)

            return await use_timescale(engine, tell)

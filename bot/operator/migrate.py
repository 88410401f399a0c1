"""`devmetrics migrate`: brings the database to this version's tables."""

import asyncio

import typer

from bot.operator.session import connected
from bot.settings import load_settings


def register(app: typer.Typer) -> None:
    @app.command()
    def migrate() -> None:
        """Bring the database to this version's tables. `serve` does it too when it starts."""
        settings = load_settings()

        async def work() -> None:
            async with connected(settings, pool_size=1):
                pass

        asyncio.run(work())
        typer.echo("The database is up to date.")

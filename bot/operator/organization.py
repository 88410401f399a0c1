"""`devmetrics organization`: what holds for all its repositories."""

from typing import Annotated

import typer

from bot.operator.session import act
from bot.operator.team import actor
from storage.timezones import set_organization_timezone


def register(app: typer.Typer) -> None:
    words = typer.Typer(help="What holds for the whole organization.", no_args_is_help=True)
    app.add_typer(words, name="organization")

    @words.command("set")
    def set_settings(
        timezone: Annotated[str, typer.Option(help="Where its days and weeks begin, like Europe/Berlin.")],
    ) -> None:
        """Set the time zone of repositories, and of teams that set none."""
        act(lambda connection, organization: set_organization_timezone(connection, organization, timezone, actor()))
        typer.echo(f"Days and weeks are those of {timezone}, but for teams with a zone of their own.")

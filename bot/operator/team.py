"""`devmetrics team`: the teams, the repositories they own and who is in them."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.operator.failure import Failed
from bot.operator.session import acting
from handlers.providers import PROVIDERS
from reports.scope import TeamListing, list_teams
from storage.teams import TeamProblem, add_member_to_team, add_repository_to_team, add_team

WORDS = " or ".join(PROVIDERS)
Slug = Annotated[str, typer.Argument(help="The team's short name, as in /devmetrics team SLUG.")]
Change = Callable[[AsyncConnection, UUID], Awaitable[UUID]]


def register(app: typer.Typer) -> None:
    words = typer.Typer(help="The teams, what they own and who is in them.", no_args_is_help=True)
    app.add_typer(words, name="team")

    @words.command()
    def add(slug: Slug, name: Annotated[str, typer.Option(help="What people call it.")]) -> None:
        """Make a team, or give the team of this slug another name."""
        change(lambda connection, organization: add_team(connection, organization, slug, name, actor()))
        typer.echo(f"Team {slug} is there. Give it repositories: devmetrics team add-repo {slug} PROVIDER OWNER/NAME")

    @words.command("list")
    def list_words() -> None:
        """List the teams."""
        teams = asyncio.run(_list())
        if teams:
            Console(highlight=False).print(as_table(teams))
        else:
            typer.echo("There is no team yet. Make one: devmetrics team add platform --name Platform")

    @words.command("add-repo")
    def add_repository(
        slug: Slug,
        provider: Annotated[str, typer.Argument(help=f"{WORDS}.")],
        path: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The full path, subgroups included.")],
    ) -> None:
        """Let a team own a repository, also one that no webhook has named yet."""
        if provider.lower() not in PROVIDERS:
            raise Failed(f"The provider is {WORDS}, not {provider!r}.")
        change(
            lambda connection, organization: add_repository_to_team(
                connection, organization, slug, provider.lower(), path, actor()
            )
        )
        typer.echo(f"Team {slug} owns {path}.")

    @words.command("add-member")
    def add_member(
        slug: Slug, person: Annotated[str, typer.Argument(help="An e-mail address, or a username seen before.")]
    ) -> None:
        """Put somebody into a team."""
        change(lambda connection, organization: add_member_to_team(connection, organization, slug, person, actor()))
        typer.echo(f"{person} is in team {slug}.")


def actor() -> str:
    """Who did it, in the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as containers have
        return f"cli:{os.getuid()}"


def change(make: Change) -> None:
    """Raises `Failed` with what the person has to do."""

    async def work() -> None:
        async with acting() as (connection, organization_id):
            await make(connection, organization_id)

    try:
        asyncio.run(work())
    except TeamProblem as problem:
        raise Failed(str(problem)) from problem


async def _list() -> list[TeamListing]:
    async with acting() as (connection, organization_id):
        return await list_teams(connection, organization_id)


def as_table(teams: list[TeamListing]) -> Table:
    table = Table("Team", "Name", "Repositories", box=None, padding=(0, 2, 0, 0))
    for team in teams:
        table.add_row(
            Text(team.slug), Text(team.name), str(team.repositories) if team.repositories else "none of its own"
        )
    return table

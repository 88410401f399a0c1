"""`devmetrics team`: the teams, the repositories they own and who is in them."""

import getpass
import os
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.operator.failure import Failed
from bot.operator.session import act
from bot.operator.team_showing import print_team
from bot.slack.wording import alternatives
from handlers.providers import PROVIDERS
from reports.scope import TeamListing, list_teams
from reports.team_overview import TeamOverview, team_overview
from storage.team_removals import (
    remove_member_from_team,
    remove_repository_from_team,
    remove_service_from_team,
    remove_team,
)
from storage.teams import (
    add_member_to_team,
    add_repository_to_team,
    add_service_to_team,
    add_team,
    find_team,
    rename_team,
)
from storage.timezones import set_team_timezone

WORDS = alternatives(PROVIDERS)
Provider = Annotated[str, typer.Argument(help=f"Where it is: {WORDS}.")]
Path = Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The full path, subgroups included.")]
Slug = Annotated[str, typer.Argument(help="The team's short name, as in /devmetrics team SLUG.")]


words = typer.Typer(help="The teams, what they own and who is in them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="team")


@words.command()
def add(slug: Slug, name: Annotated[str, typer.Option(help="What people call it.")]) -> None:
    """Make a team, or give the team of this slug another name; one that was removed comes back with all it had."""
    act(lambda connection, organization: add_team(connection, organization, slug, name, actor()))
    overview = overview_of(slug)
    typer.echo(f"Team {slug} is there.")
    if overview.owned:
        print_team(overview)
    else:
        typer.echo(f"Give it repositories: devmetrics team add-repo {slug} PROVIDER OWNER/NAME")


@words.command("list")
def list_words() -> None:
    """List the teams."""
    teams = act(list_teams)
    if teams:
        Console(highlight=False).print(as_table(teams))
    else:
        typer.echo("There is no team yet. Make one: devmetrics team add platform --name Platform")


@words.command()
def show(slug: Slug) -> None:
    """Show what a team owns, who is in it, and where each comes from."""
    print_team(overview_of(slug))


@words.command()
def rename(slug: Slug, new: Annotated[str, typer.Argument(help="Its new short name.")]) -> None:
    """Give a team another short name, whatever its provider calls it."""
    act(lambda connection, organization: rename_team(connection, organization, slug, new, actor()))
    typer.echo(f"Team {slug} is called {new} from now on: devmetrics team {new}, in Slack too.")


@words.command()
def remove(slug: Slug) -> None:
    """Remove a team. Its repositories stay, and no provider brings it back: only `devmetrics team add` does."""
    act(lambda connection, organization: remove_team(connection, organization, slug, actor()))
    typer.echo(
        f"Team {slug} is removed: its digests and limits rest, and no provider brings it back. "
        f"`devmetrics team add {slug} --name NAME` does, with all it had."
    )


@words.command("add-repo")
def add_repository(
    slug: Slug,
    provider: Provider,
    path: Path,
) -> None:
    """Let a team own a repository, also one that no webhook has named yet."""
    of = provider_called(provider)
    act(lambda connection, organization: add_repository_to_team(connection, organization, slug, of, path, actor()))
    typer.echo(f"Team {slug} owns {path}.")


@words.command("remove-repo")
def remove_repository(slug: Slug, provider: Provider, path: Path) -> None:
    """Take a repository from a team, its services included. No provider gives it back: only add-repo does."""
    of = provider_called(provider)
    act(lambda connection, organization: remove_repository_from_team(connection, organization, slug, of, path, actor()))
    typer.echo(f"Team {slug} owns {path} no more.")
    print_team(overview_of(slug))


@words.command("add-service")
def add_service(
    slug: Slug,
    provider: Provider,
    path: Path,
    service: Annotated[str, typer.Argument(help="Made before with: devmetrics repo add-service.")],
) -> None:
    """Let a team own one service of a shared repository, in place of the whole."""
    of = provider_called(provider)
    act(
        lambda connection, organization: add_service_to_team(connection, organization, slug, of, path, service, actor())
    )
    typer.echo(f"Team {slug} owns {service} of {path}.")


@words.command("remove-service")
def remove_service(
    slug: Slug,
    provider: Provider,
    path: Path,
    service: Annotated[str, typer.Argument(help="As `devmetrics team show` has it.")],
) -> None:
    """Take one service from a team. The service itself stays; what its provider gave the team is its again."""
    of = provider_called(provider)
    act(
        lambda connection, organization: remove_service_from_team(
            connection, organization, slug, of, path, service, actor()
        )
    )
    typer.echo(f"Team {slug} owns {service} of {path} no more.")
    print_team(overview_of(slug))


@words.command("set")
def set_settings(
    slug: Slug,
    timezone: Annotated[
        str, typer.Option(help="Where its days and weeks begin, like Europe/Berlin; default: its organization's.")
    ],
) -> None:
    """Set a team's time zone. Numbers of the past follow it, too."""
    zone = None if timezone.lower() == "default" else timezone
    act(lambda connection, organization: set_team_timezone(connection, organization, slug, zone, actor()))
    typer.echo(f"Days and weeks of team {slug} are those of {zone or 'its organization'}.")


@words.command("add-member")
def add_member(
    slug: Slug, person: Annotated[str, typer.Argument(help="An e-mail address, or a username seen before.")]
) -> None:
    """Put somebody into a team."""
    act(lambda connection, organization: add_member_to_team(connection, organization, slug, person, actor()))
    typer.echo(f"{person} is in team {slug}.")


@words.command("remove-member")
def remove_member(
    slug: Slug,
    person: Annotated[str, typer.Argument(help="An e-mail address, a username, a name or an id.")],
) -> None:
    """Take somebody out of a team. No provider brings them back: only add-member does."""
    act(lambda connection, organization: remove_member_from_team(connection, organization, slug, person, actor()))
    typer.echo(f"{person} is in team {slug} no more.")


def actor() -> str:
    """Who did it, in the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as containers have
        return f"cli:{os.getuid()}"


def provider_called(word: str) -> str:
    """As it is stored. Raises `Failed`."""
    if word.lower() not in PROVIDERS:
        raise Failed(f"The provider is {WORDS}, not {word!r}.")
    return word.lower()


def overview_of(slug: str) -> TeamOverview:
    async def read(connection: AsyncConnection, organization_id: UUID) -> TeamOverview:
        return await team_overview(connection, await find_team(connection, organization_id, slug))

    return act(read)


def as_table(teams: list[TeamListing]) -> Table:
    table = Table("Team", "Name", "Repositories", box=None, padding=(0, 2, 0, 0))
    for team in teams:
        table.add_row(
            Text(team.slug), Text(team.name), str(team.repositories) if team.repositories else "none of its own"
        )
    return table

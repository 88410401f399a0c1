"""`devmetrics organization`: what holds for all its repositories; which organizations there are, and removing one."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.operator.session import act, act_for_all
from bot.operator.team import actor
from bot.settings import load_settings
from bot.slack.wording import counted
from storage.organizations import (
    ListedOrganization,
    find_organization,
    list_organizations,
    remove_organization,
    restore_organization,
)
from storage.timezones import set_organization_timezone

Slug = Annotated[str, typer.Argument(help="Its short name, as in ORGANIZATION.")]
WIDE = 1000
QUESTION = (
    "{slug} has {teams}, {repositories} and {digests}. Removed, it takes no deliveries, answers nobody in Slack or by "
    "its tokens, and sends no digests. `devmetrics organization restore {slug}` brings all of it back until {until}; "
    "then it is dropped for good. Remove it?"
)


words = typer.Typer(help="The organizations, and what holds for the whole of one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="organization")


@words.command("set")
def set_settings(
    timezone: Annotated[str, typer.Option(help="Where its days and weeks begin, like Europe/Berlin.")],
) -> None:
    """Set the time zone of repositories, and of teams that set none."""
    act(lambda connection, organization: set_organization_timezone(connection, organization, timezone, actor()))
    typer.echo(f"Days and weeks are those of {timezone}, but for teams with a zone of their own.")


@words.command("list")
def list_words() -> None:
    """List the organizations of this database, and which are removed."""
    every = act_for_all(list_organizations)
    if every:
        # As wide as it is: a word that is broken into pieces cannot be copied.
        Console(highlight=False, width=WIDE).print(as_table(every))
    else:
        typer.echo("There is no organization yet: the first word makes `default`, or that of ORGANIZATION.")


@words.command()
def remove(slug: Slug, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Let an organization take no deliveries, answer nobody and send nothing. `restore` brings it back."""
    found = act_for_all(lambda connection: find_organization(connection, slug))
    until = f"{datetime.now(UTC) + kept():%Y-%m-%d}"
    if not yes:
        typer.confirm(question(found, until), abort=True, err=True)
    act_for_all(lambda connection: remove_organization(connection, slug, actor()))
    typer.echo(
        f"The organization {slug} is removed, within half a minute everywhere. "
        f"`devmetrics organization restore {slug}` brings it back until {until}."
    )


@words.command()
def restore(slug: Slug) -> None:
    """Bring a removed organization back, with all it had."""
    since = datetime.now(UTC) - kept()
    act_for_all(lambda connection: restore_organization(connection, slug, since, actor()))
    typer.echo(
        f"The organization {slug} is there again, within half a minute everywhere. Deliveries were refused "
        "meanwhile: what happened is read from providers' APIs by itself, where they can be asked. A webhook that was "
        "made by hand may have been turned off meanwhile: look at it there."
    )


def kept() -> timedelta:
    return timedelta(days=load_settings().periods.deleted_days)


def question(found: ListedOrganization, until: str) -> str:
    return QUESTION.format(
        slug=found.slug,
        teams=counted(found.teams, "team"),
        repositories=counted(found.repositories, "repository", "repositories"),
        digests=counted(found.digests, "digest"),
        until=until,
    )


def as_table(every: list[ListedOrganization]) -> Table:
    table = Table("Organization", "Name", "Teams", "Repositories", "", box=None, padding=(0, 2, 0, 0))
    for one in every:
        state = ""
        if one.removed_at is not None:
            dropped = one.removed_at + kept()
            over = dropped < datetime.now(UTC)
            state = f"removed {one.removed_at:%Y-%m-%d}, " + ("dropped" if over else f"kept until {dropped:%Y-%m-%d}")
        table.add_row(Text(one.slug), Text(one.name), str(one.teams), str(one.repositories), state)
    return table

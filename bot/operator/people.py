"""`devmetrics people`: who is who; two that are one person, one that is two, and one to be forgotten."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.operator.forgetting import confirm, forget
from bot.operator.session import act
from bot.operator.team import actor
from storage.people import ListedPerson, find_person, list_people, merge_people, split_person
from storage.people_export import export_person
from storage.slack_links import link_slack, unlink_slack

Who = Annotated[str, typer.Argument(metavar="PERSON", help="An address, a username, a name or an id.")]
SlackOption = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Their member id in Slack (U0123): marks, subscriptions and limits are of it."),
]
SlackArgument = Annotated[str, typer.Argument(metavar="ID", help="The member id in Slack: U0123.")]
SHOWN = 100


words = typer.Typer(help="Who is who: accounts and addresses of people.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="people")


@words.command("list")
def list_words(
    part: Annotated[str, typer.Argument(help="A part of a name, an address or a username.")] = "",
) -> None:
    """List people with their accounts and addresses."""
    people = act(lambda connection, organization: list_people(connection, organization, part, SHOWN))
    if not people:
        typer.echo("Nobody is known by that." if part else "Nobody is known yet.")
        return
    Console(highlight=False).print(as_table(people))
    if len(people) == SHOWN:
        typer.echo(f"Only the first {SHOWN}: narrow it down with a part of a name.")


@words.command()
def show(person: Who) -> None:
    """Show one person."""
    found = act(lambda connection, _: find_person(connection, person))
    typer.echo(f"{found.name or '(no name)'}{', a bot' if found.is_bot else ''}\nid: {found.id}")
    for identity in found.identities:
        typer.echo(f"  {identity.said}  ({identity.identity})")


@words.command()
def merge(
    person: Who, others: Annotated[list[str], typer.Argument(metavar="OTHER", help="Known in the same ways.")]
) -> None:
    """Make the others one with PERSON: their commits, reviews, deployments and teams follow."""
    merged = act(lambda connection, organization: merge_people(connection, organization, person, others, actor()))
    typer.echo(f"One person now: {_who(merged)}")


@words.command()
def split(
    person: Who,
    identities: Annotated[
        list[str], typer.Argument(metavar="IDENTITY", help="Accounts and addresses, as `people show` has them.")
    ],
) -> None:
    """Make these accounts and addresses another person, with all they did. It stays so, whatever arrives later."""
    one, other = act(
        lambda connection, organization: split_person(connection, organization, person, identities, actor())
    )
    typer.echo(f"Two people now: {_who(one)}; and {_who(other)}")


@words.command()
def link(person: Who, slack_id: SlackArgument) -> None:
    """Say whose account of Slack it is, for `/devmetrics me`: where the address that Slack has says nothing."""
    linked = act(lambda connection, organization: link_slack(connection, organization, person, slack_id, actor()))
    typer.echo(f"Linked: {_who(linked)}")


@words.command()
def unlink(slack_id: SlackArgument) -> None:
    """Take back whose account of Slack it is."""
    act(lambda connection, organization: unlink_slack(connection, organization, slack_id, actor()))
    typer.echo(f"{slack_id} is linked to nobody any more.")


@words.command()
def export(person: Who, slack: SlackOption = None) -> None:
    """Print everything that is stored about one person, as JSON."""
    told = act(lambda connection, _: export_person(connection, person, slack))
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False))


@words.command("forget")
def forget_word(
    person: Who,
    slack: SlackOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a person's names, addresses and accounts away, for good. The numbers stay as they are."""
    found = act(lambda connection, _: find_person(connection, person))
    confirm(_who(found), yes=yes)
    typer.echo(asyncio.run(forget(str(found.id), actor(), slack)))


def _who(person: ListedPerson) -> str:
    return f"{person.name or '(no name)'} ({', '.join(identity.said for identity in person.identities)})"


def as_table(people: list[ListedPerson]) -> Table:
    table = Table("Name", "Accounts and addresses", box=None, padding=(0, 2, 0, 0))
    for person in people:
        name = f"{person.name or '(no name)'}{' (bot)' if person.is_bot else ''}"
        said = ", ".join(identity.said for identity in person.identities)
        table.add_row(Text(name), Text(said, overflow="fold"))
    return table

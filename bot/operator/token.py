"""`devmetrics token`: lets programs read the JSON API of one organization."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.operator.session import act
from bot.operator.team import actor
from storage.tokens import Token, create_token, list_tokens, revoke_token

words = typer.Typer(help="Tokens for the JSON API.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="token")


@words.command()
def create(name: Annotated[str, typer.Option(help="What the token is for, for example `grafana`.")]) -> None:
    """Make a token and print it, this one time: only its hash is stored."""
    typer.echo(act(lambda connection, organization: create_token(connection, organization, name, actor())))
    typer.echo(f"It is shown this one time. `devmetrics token revoke {name.strip()}` ends it.", err=True)


@words.command("list")
def list_words() -> None:
    """List the tokens, when each was made and used last, and which were revoked."""
    known = act(list_tokens)
    if known:
        Console(highlight=False).print(as_table(known))
    else:
        typer.echo("There is no token. Make one: devmetrics token create --name grafana")


@words.command()
def revoke(token: Annotated[str, typer.Argument(metavar="NAME|ID", help="As listed.")]) -> None:
    """Refuse a token from now on, in a running `devmetrics serve` too."""
    revoked = act(lambda connection, organization: revoke_token(connection, organization, token, actor()))
    typer.echo(f"Token {revoked.name} is refused from now on.")


def as_table(tokens: list[Token]) -> Table:
    table = Table("Name", "Id", "Made (UTC)", "Used last (UTC)", "", box=None, padding=(0, 2, 0, 0))
    for token in tokens:
        state = f"revoked {day(token.revoked_at)}" if token.revoked_at else ""
        name, used = Text(token.name, overflow="fold"), day(token.last_used_at) if token.last_used_at else "never"
        table.add_row(name, Text(str(token.id), no_wrap=True), day(token.created_at), used, state)
    return table


def day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"

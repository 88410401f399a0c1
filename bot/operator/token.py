"""`devmetrics token create`: lets a program read the JSON API of one organization."""

import asyncio
import hashlib
import secrets
from typing import Annotated

import typer
from sqlalchemy import insert

from bot.operator.session import acting
from bot.settings import Settings, load_settings
from storage.models.connections import ApiToken


def register(app: typer.Typer) -> None:
    tokens = typer.Typer(help="Tokens for the JSON API.", no_args_is_help=True)
    app.add_typer(tokens, name="token")

    @tokens.command()
    def create(name: Annotated[str, typer.Option(help="What the token is for, for example `grafana`.")]) -> None:
        """Make a token and print it, this one time: only its hash is stored."""
        typer.echo(asyncio.run(create_token(load_settings(), name)))


async def create_token(settings: Settings, name: str) -> str:
    token = f"dm_{secrets.token_urlsafe(32)}"
    async with acting(settings) as (connection, organization_id):
        row = {
            "organization_id": organization_id,
            "name": name,
            "token_hash": hashlib.sha256(token.encode()).digest(),
        }
        await connection.execute(insert(ApiToken).values(row))
    return token

"""`devmetrics openapi`: the description of the JSON API."""

import json

import typer

from bot.api.openapi import document


def register(app: typer.Typer) -> None:
    @app.command()
    def openapi() -> None:
        """Print the OpenAPI document of the JSON API; a server shows it at /api/v1/openapi.json."""
        typer.echo(json.dumps(document(), indent=2))

"""`devmetrics manifest github|slack`: what to paste when the app is registered there."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from bot.operator.failure import Failed
from bot.settings import load_settings
from bot.slack.manifest import slack_manifest
from handlers.github.setup import fill_manifest


class Platform(StrEnum):
    GITHUB = "github"
    SLACK = "slack"


def register(app: typer.Typer) -> None:
    @app.command()
    def manifest(platform: Annotated[Platform, typer.Argument(help="Which app to register.")]) -> None:
        """Print the app's manifest, filled with PUBLIC_URL, as JSON."""
        public_url = load_settings().public_url
        if public_url is None:
            raise Failed(
                "PUBLIC_URL is not set: the manifest needs the address at which GitHub and Slack reach this server, "
                "for example PUBLIC_URL=https://devmetrics.example.com."
            )
        filled = slack_manifest(public_url) if platform is Platform.SLACK else fill_manifest(public_url)
        typer.echo(json.dumps(filled, indent=2, ensure_ascii=False))

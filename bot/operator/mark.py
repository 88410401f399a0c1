"""`devmetrics mark DEPLOYMENT failed|ok|withdrawn|recovered`: what a person knows of a deployment."""

import asyncio
from typing import Annotated

import typer

from bot.operator.ask import JsonOption, ask_question, show_answer
from bot.settings import load_settings


def register(app: typer.Typer) -> None:
    @app.command()
    def mark(
        words: Annotated[
            list[str],
            typer.Argument(
                metavar="DEPLOYMENT [failed|ok|withdrawn|recovered]",
                help="Its number, `acme/api deployment:12`, its commit or a link; without a verdict it is only shown.",
            ),
        ],
        as_json: JsonOption = False,
    ) -> None:
        """Say that a deployment failed, or that it did not: this overrides its status and all other evidence."""
        show_answer(asyncio.run(ask_question(load_settings(), " ".join(["mark", *words]))), as_json=as_json)

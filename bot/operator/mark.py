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
                metavar="DEPLOYMENT",
                help="Its number, `acme/api deployment:12`, its commit or a link; then failed, ok, recovered or "
                "withdrawn. Without one of these it is only shown.",
            ),
        ],
        as_json: JsonOption = False,
    ) -> None:
        """Say how a deployment went, as in `mark 4242 failed`: failed, ok, recovered, or withdrawn (no mark any more).

        This overrides its status and all other evidence.
        """
        show_answer(asyncio.run(ask_question(load_settings(), " ".join(["mark", *words]))), as_json=as_json)

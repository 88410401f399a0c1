"""`devmetrics ask "team platform 30d"`: what Slack would show."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from bot.commands import Answer, CommandContext, answer
from bot.operator.session import connected
from bot.operator.team import actor
from bot.operator.terminal import print_answer
from bot.settings import Settings, load_settings
from storage.migrate import ensure_organization

JsonOption = Annotated[bool, typer.Option("--json", help="Print the text and blocks that Slack would get.")]


def register(app: typer.Typer) -> None:
    @app.command()
    def ask(
        question: Annotated[
            list[str] | None, typer.Argument(help='What you would type after /devmetrics: "team platform 30d".')
        ] = None,
        as_json: JsonOption = False,
    ) -> None:
        """Ask as in Slack: `ask "team platform 30d"`, `ask teams`, `ask help`."""
        answered = asyncio.run(ask_question(load_settings(), " ".join(question or [])))
        show_answer(answered, as_json=as_json)


def show_answer(answered: Answer, *, as_json: bool) -> None:
    """A question that could not be answered ends with status 1."""
    if as_json:
        typer.echo(json.dumps({"text": answered.text, "blocks": answered.blocks}, indent=2, ensure_ascii=False))
    if not answered.understood:
        print_answer(Console(highlight=False, stderr=True), answered)
        raise typer.Exit(1)
    if not as_json:
        print_answer(Console(highlight=False), answered)


async def ask_question(settings: Settings, question: str) -> Answer:
    async with connected(settings) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        context = CommandContext(engine, organization_id, now=datetime.now(UTC), operator=actor())
        return await answer(question, context)

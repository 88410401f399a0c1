"""`devmetrics audit`: who did what, and what was before and after it."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.operator.session import acting
from storage.audit import AuditEntry, list_audit

LimitOption = Annotated[int, typer.Option(help="At most this many, the newest first.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    words = typer.Typer(help="See who changed what.", no_args_is_help=True)
    app.add_typer(words, name="audit")

    @words.command("list")
    def list_words(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
        """List administrative acts, the newest first."""
        entries = asyncio.run(_list(limit))
        if as_json:
            typer.echo(json.dumps([as_dict(entry) for entry in entries], indent=2))
        elif entries:
            Console(highlight=False).print(as_table(entries))
        else:
            typer.echo("Nobody has changed anything yet.")


async def _list(limit: int) -> list[AuditEntry]:
    async with acting() as (connection, organization_id):
        return await list_audit(connection, organization_id, limit)


def as_dict(entry: AuditEntry) -> dict[str, Any]:
    return {**entry._asdict(), "at": entry.at.isoformat()}


def as_table(entries: list[AuditEntry]) -> Table:
    table = Table("At (UTC)", "Who", "What", "Of", "Before -> after", box=None, header_style="bold")
    for entry in entries:
        change = " -> ".join(json.dumps(side) if side else "nothing" for side in (entry.before, entry.after))
        texts = (entry.actor, entry.action, entry.subject, change)
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", *(Text(text, overflow="fold") for text in texts))
    return table

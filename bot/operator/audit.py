"""`devmetrics audit`: who did what, and what was before and after it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from bot.operator.session import acting
from storage.audit import AuditEntry, list_audit

LimitOption = Annotated[int, typer.Option(help="At most this many, the newest first.", min=1)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
INDENT = " " * 4


words = typer.Typer(help="See who changed what.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="audit")


@words.callback()
def list_at_once(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_words()


@words.command("list")
def list_words(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List what people changed, the newest first: by terminal (cli), Slack, or the set-up's pages (web)."""
    entries = asyncio.run(_list(limit))
    if as_json:
        typer.echo(json.dumps([as_dict(entry) for entry in entries], indent=2))
    elif entries:
        print_entries(Console(highlight=False, soft_wrap=True), entries)
    else:
        typer.echo("Nobody has changed anything yet.")


async def _list(limit: int) -> list[AuditEntry]:
    # Who removed an organization is asked when it is removed.
    async with acting(also_removed=True) as (connection, organization_id):
        return await list_audit(connection, organization_id, limit)


def as_dict(entry: AuditEntry) -> dict[str, Any]:
    return {**entry._asdict(), "at": entry.at.isoformat()}


def print_entries(console: Console, entries: list[AuditEntry]) -> None:
    """When (UTC), who, what and of what in a line; below it what is different."""
    for entry in entries:
        head = Text(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor}  ")
        console.print(head.append(entry.action, style="bold").append(f"  {entry.subject}"))
        for line in differences(entry.before or {}, entry.after or {}):
            console.print(Text(f"{INDENT}{line}"))


def differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """`name: Ops -> Operations`; of what came or went the one side that there is."""
    for key in {**before, **after}:
        old, new = (shown(side.get(key)) for side in (before, after))
        if old == new:
            continue
        if key in before and key in after:
            yield f"{key}: {old} -> {new}"
        else:
            yield f"{key}: {new}" if key in after else f"{key}: {old} (gone)"


def shown(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

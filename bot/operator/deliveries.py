"""`devmetrics deliveries`: what came in, what became of it, and running it again."""

import asyncio
import json
from textwrap import fill
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.operator.failure import Failed
from bot.operator.session import acting
from bot.operator.team import actor
from bot.slack.wording import counted
from handlers.inbox.claims import FAILED, IGNORED, PENDING, STATES
from handlers.inbox.compression import Damaged, decompress_body
from handlers.inbox.ledger import Entry, dismiss, find_delivery, list_deliveries, run_again
from storage.audit import audit

StateOption = Annotated[str | None, typer.Option(help=f"Only those that are {', '.join(STATES)}.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LARGEST = 2**63 - 1  # a bigint


def _identifier(given: int | None) -> int | None:
    """Instead of a range of the option itself, which the help would show."""
    if given is not None and not 1 <= given <= LARGEST:
        raise typer.BadParameter("an id is a number, as `devmetrics deliveries list` shows it.")
    return given


IDENTIFIER = typer.Argument(metavar="ID", help="As `devmetrics deliveries list` shows it.", callback=_identifier)
# Beside the other columns, a reason needs this much to be read.
NARROWEST = 110
INDENT = " " * 4
LimitOption = Annotated[int, typer.Option(help="At most this many, the newest first.", min=1)]


words = typer.Typer(help="See what came in, and run it again.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="deliveries")


@words.command("list")
def list_words(state: StateOption = None, as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List deliveries, the newest first."""
    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state}: choose from {', '.join(STATES)}.", param_hint="--state")
    entries = asyncio.run(_list(state, limit))
    if as_json:
        typer.echo(json.dumps([as_dict(entry) for entry in entries], indent=2))
    elif entries:
        print_entries(Console(soft_wrap=False), entries)
    else:
        typer.echo(f"No delivery is {state}." if state else "Nothing came in yet.")


@words.command()
def show(delivery_id: Annotated[int, IDENTIFIER]) -> None:
    """Show one delivery with its body."""
    entry, body = asyncio.run(_show(delivery_id))
    for name, value in as_dict(entry).items():
        typer.echo(f"{name}: {'-' if value is None else value}")
    typer.echo(f"\n{body}")


@words.command()
def retry(
    delivery_id: Annotated[int | None, IDENTIFIER] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Instead of one: all that failed.")] = False,
) -> None:
    """Run a delivery again, or with --failed all that failed."""
    if (delivery_id is None) == (not failed):
        raise typer.BadParameter("Give either the ID of one delivery or --failed.")
    count = asyncio.run(_retry(delivery_id))
    if delivery_id is not None and count == 0:
        raise Failed(f"Delivery {delivery_id} does not exist, or is done: there is nothing to run again.")
    if count == 0:
        typer.echo("No delivery is failed: there is nothing to run again.")
        return
    waiting = f"{counted(count, 'delivery', 'deliveries')} {'waits' if count == 1 else 'wait'}"
    typer.echo(f"{waiting} to be processed by `devmetrics serve`.")


@words.command("dismiss")
def dismiss_word(delivery_id: Annotated[int, IDENTIFIER]) -> None:
    """Give up a failed delivery that can never be read, so that answers no longer remark on it."""
    if not asyncio.run(_dismiss(delivery_id)):
        raise Failed(f"No delivery {delivery_id} is failed. See `devmetrics deliveries list --state failed`.")
    typer.echo(f"Delivery {delivery_id} is ignored from now on. `devmetrics deliveries retry {delivery_id}` runs it.")


async def _list(state: str | None, limit: int) -> list[Entry]:
    async with acting() as (connection, organization_id):
        return await list_deliveries(connection, organization_id, state=state, limit=limit)


async def _show(delivery_id: int) -> tuple[Entry, str]:
    async with acting() as (connection, organization_id):
        found = await find_delivery(connection, organization_id, delivery_id)
    if found is None:
        raise Failed(f"There is no delivery {delivery_id}. See `devmetrics deliveries list`.")
    entry, body = found
    if body is None:
        return entry, "Its body is no longer kept."
    try:
        return entry, pretty(decompress_body(body))
    except Damaged:
        return entry, "Its stored body is damaged."


async def _dismiss(delivery_id: int) -> bool:
    async with acting() as (connection, organization_id):
        done = await dismiss(connection, organization_id, delivery_id)
        if done:
            told = ({"state": FAILED}, {"state": IGNORED})
            await audit(connection, organization_id, actor(), "delivery.dismiss", str(delivery_id), *told)
        return done


async def _retry(delivery_id: int | None) -> int:
    async with acting() as (connection, organization_id):
        count = await run_again(connection, organization_id, delivery_id)
        if count:
            subject, after = str(delivery_id or "all that failed"), {"state": PENDING, "deliveries": count}
            await audit(connection, organization_id, actor(), "delivery.retry", subject, None, after)
        return count


def pretty(body: bytes) -> str:
    """Indented if it is JSON; otherwise as it came, with what is no text replaced."""
    try:
        return json.dumps(json.loads(body), indent=2)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def as_dict(entry: Entry) -> dict[str, Any]:
    values: dict[str, Any] = entry._asdict()
    for name in ("received_at", "next_attempt_at", "processed_at"):
        values[name] = values[name].isoformat() if values[name] else None
    values["key"] = values.pop("delivery_key")
    return values


def print_entries(console: Console, entries: list[Entry]) -> None:
    """A table; where it is too narrow for the reasons, each stands below its delivery."""
    reasons = [entry.reason or "" for entry in entries]
    if console.width >= NARROWEST:
        console.print(as_table(entries, reasons))
        return
    with console.capture() as capture:
        console.print(as_table(entries))
    title, *rows = capture.get().splitlines()
    typer.echo(title)
    for row, reason in zip(rows, reasons, strict=True):
        typer.echo(row)
        if reason:
            typer.echo(fill(reason, console.width, initial_indent=INDENT, subsequent_indent=INDENT))


def as_table(entries: list[Entry], reasons: list[str] | None = None) -> Table:
    table = Table(box=None, header_style="bold")
    for title in ("ID", "Received (UTC)", "From", "Event", "State", "Tries"):
        table.add_column(title, no_wrap=True)
    if reasons is not None:
        table.add_column("Reason", overflow="fold")
    for place, entry in enumerate(entries):
        received = f"{entry.received_at:%Y-%m-%d %H:%M:%S}"
        row = (str(entry.id), received, entry.provider, entry.event, entry.state, str(entry.attempts))
        table.add_row(*row, *(reasons[place : place + 1] if reasons else ()))
    return table

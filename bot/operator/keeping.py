"""What `devmetrics check` says of retention that is held back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.findings import OFF, OK, Finding
from storage.retention.held_back import HeldBack, find_held_back


async def find_keeping(
    connection: AsyncConnection, organization_id: UUID, raw_days: int, now: datetime
) -> list[Finding]:
    held = await find_held_back(connection, organization_id, raw_days, now)
    return [tell(held, raw_days)] if held else []


def tell(held: HeldBack, raw_days: int) -> Finding:
    """No names: this output is sent around."""
    many = "1 repository keeps" if held.repositories == 1 else f"{held.repositories} repositories keep"
    oldest = f"the oldest are since {held.since:%Y-%m-%d} ({held.repository_id})"
    said = f"{many} details for longer than {raw_days} days; {oldest}."
    if held.needed:
        reason = (
            "Links between commits, pull requests and deployments that are still open lead through them, so they stay. "
            "The numbers are right and nothing is lost; the database grows, and in TimescaleDB no repository's commits "
            "since then go. It is tried again every hour."
        )
        return Finding("retention", OK, f"{said} {reason}")
    reason = (
        "Nothing needs them: `devmetrics serve` drops what is due every hour, so let it run (its log says what fails)."
    )
    return Finding("retention", OFF, f"{said} {reason}")

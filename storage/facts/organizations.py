"""Writing installations of the provider's app."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.registers import greatest, least
from storage.facts.tables import FactTable
from storage.facts.values import text
from storage.models import connections as models


class InstallationRow(Struct, frozen=True):
    organization_id: UUID
    provider: str
    host: str
    provider_id: str
    account: str | None
    suspended: bool
    seen_at: datetime
    deleted_at: datetime | None


def installation_row(installation: records.Installation, organization_id: UUID) -> InstallationRow:
    return InstallationRow(
        organization_id=organization_id,
        provider=installation.provider,
        host=text(installation.host),
        provider_id=text(installation.provider_id),
        account=text(installation.account),
        suspended=installation.suspended,
        seen_at=installation.seen_at,
        deleted_at=installation.seen_at if installation.deleted else None,
    )


def merge_installations(first: InstallationRow, second: InstallationRow) -> InstallationRow:
    """The newest word wins; a deleted installation never comes back (a new one has a new id)."""
    newest = max(first, second, key=lambda row: (row.seen_at, row.suspended))
    return replace(
        newest,
        account=greatest(first.account, second.account),
        deleted_at=least(first.deleted_at, second.deleted_at),
    )


INSTALLATIONS = FactTable(
    InstallationRow,
    models.Installation,
    ["organization_id", "provider", "host", "provider_id"],
    merge_installations,
)


async def write_installations(
    connection: AsyncConnection, organization_id: UUID, installations: Iterable[records.Installation]
) -> None:
    rows = (installation_row(installation, organization_id) for installation in installations)
    await INSTALLATIONS.absorb(connection, rows)

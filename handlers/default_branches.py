"""Which branch is the default one, for providers whose pushes do not say it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.inbox.claims import Claimed
from handlers.providers import PROVIDERS
from storage.asking.repositories import list_default_branches
from storage.records import RepositoryKey

SILENT = frozenset(word for word, provider in PROVIDERS.items() if not provider.tells_default_branch)


async def known_default_branches(
    connection: AsyncConnection, claimed: Sequence[Claimed]
) -> Mapping[RepositoryKey, str]:
    """Those of all repositories that these deliveries may be about: which ones, only their bodies say."""
    silent = [delivery for delivery in claimed if delivery.provider in SILENT]
    if not silent:
        return {}
    organizations = {delivery.organization_id for delivery in silent}
    return await list_default_branches(connection, organizations, {delivery.provider for delivery in silent})

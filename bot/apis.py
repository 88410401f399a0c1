"""The providers' APIs that this configuration can ask: by the environment's credentials, and by connections'."""

from collections.abc import Callable, Hashable
from functools import partial
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.settings import Settings, encryption
from handlers.asking.api import Api, Place
from handlers.asking.apis import Apis, Wanted
from handlers.failures import first_line
from handlers.providers import PROVIDERS
from storage.connections import SecretsUnreadable, list_connections
from storage.organizations import OrganizationRemoved, refuse_removed

logger = structlog.get_logger(__name__)


def reachable(settings: Settings, engine: AsyncEngine, organization_id: UUID) -> Apis:
    """The environment's are the default organization's. Where both have a place, the environment's is taken."""
    key, labels = encryption(settings), settings.incident_labels

    async def find() -> Wanted:
        wanted: dict[Place, tuple[Hashable, Callable[[], Api]]] = {}
        async with engine.connect() as connection:
            try:
                await refuse_removed(connection, organization_id)
            except OrganizationRemoved:
                return wanted
            connections = await list_connections(connection, organization_id)
        for one in connections:
            provider = PROVIDERS.get(one.provider)
            if provider is None:
                continue
            place = Place(organization_id, one.provider, one.host)
            of = settings.providers.get(one.provider)
            try:
                add(wanted, place, one.sealed, partial(provider.reach, place, of, one.secrets(key), labels))
            except (SecretsUnreadable, msgspec.ValidationError) as problem:
                # The others are asked all the same.
                logger.error("a provider cannot be asked", connection=one.name, reason=first_line(problem))
        for word, own in settings.providers.items():
            place = Place(organization_id, word, own.host)
            add(wanted, place, "environment", partial(PROVIDERS[word].reach, place, own, None, labels))
        return wanted

    return Apis(find)


def add(
    wanted: dict[Place, tuple[Hashable, Callable[[], Api]]],
    place: Place,
    identity: Hashable,
    reach: Callable[[], Api | None],
) -> None:
    """If there are credentials. An API that is made and not used has opened nothing yet."""
    api = reach()
    if api is not None:
        wanted[place] = (identity, lambda: api)

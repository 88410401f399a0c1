"""Who asks the fake Bitbucket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from handlers.asking.api import Place
from handlers.bitbucket.api import BitbucketApi
from handlers.bitbucket.client import Client, Credentials
from handlers.bitbucket.connecting import Connected
from tests.fakes.bitbucket import FakeBitbucket

WHERE = ("bitbucket", "bitbucket.org")


def client_of(bitbucket: FakeBitbucket, **options: Any) -> Client:
    credentials = Credentials(bitbucket.world.token, bitbucket.world.email)
    return Client(credentials, bitbucket.url, **{"pause_seconds": 0.01, **options})


@asynccontextmanager
async def asking(
    bitbucket: FakeBitbucket, organization_id: UUID, connected: Connected | None = None
) -> AsyncIterator[BitbucketApi]:
    place = Place(organization_id, *WHERE)
    api = BitbucketApi(place, client_of(bitbucket), connected or Connected(workspaces=("acme",)))
    try:
        yield api
    finally:
        await api.close()

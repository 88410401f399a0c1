"""Which repository the operator means."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.refusal import Refused
from storage.repositories import find_or_add_repository, find_repository
from tests.reports.filling import Filling


async def test_a_path_that_two_servers_have_is_refused_until_the_host_is_said(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Else the settings of one would be changed for those of the other."""
    async with engine.begin() as connection:
        filling = Filling(connection, organization_id)
        hosts = ("github.com", "ghe.example.com")
        ids = {host: await filling.repository("acme/api", host=host) for host in hosts}
        for find in (find_repository, find_or_add_repository):
            with pytest.raises(Refused, match=r"Name one of ghe\.example\.com/acme/api or github\.com/acme/api"):
                await find(connection, organization_id, "github", "acme/api")
        for host in hosts:
            found = await find_repository(connection, organization_id, "github", f"{host}/Acme/api")
            assert found == (ids[host], "acme/api")

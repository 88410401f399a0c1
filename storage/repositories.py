"""Finding a repository by the name that a person gives it."""

import re
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.repositories import Repository
from storage.refusal import Refused

PATH = re.compile(r"[^\s/:]+(?:/[^\s/:]+)+")


async def find_repository(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str
) -> tuple[UUID, str] | None:
    """Its id and its path as it is written; None: nobody has heard of it. Raises `Refused`."""
    path = path.strip().strip("/")
    if not PATH.fullmatch(path):
        raise Refused(f"A repository is given by its full path, such as owner/name, not {path!r}.")
    found = (
        await connection.execute(
            select(Repository.id, Repository.path)
            .where(Repository.organization_id == organization_id, Repository.provider == provider)
            .where(func.lower(Repository.path) == path.lower())
            # A name may have been given again after a rename or a deletion: the one in use.
            .order_by(Repository.deleted_at.isnot(None), Repository.seen_at.desc().nulls_last())
            .limit(1)
        )
    ).one_or_none()
    return (found.id, found.path) if found is not None else None


async def find_or_add_repository(connection: AsyncConnection, organization_id: UUID, provider: str, path: str) -> UUID:
    """One never heard of waits for its first event. The caller holds the lock for new things. Raises `Refused`."""
    found = await find_repository(connection, organization_id, provider, path)
    if found is not None:
        return found[0]
    repository_id, path = uuid4(), path.strip().strip("/")
    values = {"provider": provider, "path": path, "name": path.rpartition("/")[2][:255]}
    await connection.execute(insert(Repository).values(id=repository_id, organization_id=organization_id, **values))
    return repository_id

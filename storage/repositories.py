"""Finding a repository by the name that a person gives it."""

import re
from uuid import UUID, uuid4

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.repositories import Repository
from storage.refusal import Refused

PATH = re.compile(r"[^\s/:]+(?:/[^\s/:]+)+")


async def find_repository(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str
) -> tuple[UUID, str] | None:
    """Its id and its path as it is written; None: nobody has heard of it. Where several servers have it, the host and
    a slash before it say which is meant. Raises `Refused`."""
    path = path.strip().strip("/")
    if not PATH.fullmatch(path):
        raise Refused(f"A repository is given by its full path, such as owner/name, not {path!r}.")
    host, _, path_there = path.lower().partition("/")
    there = and_(func.lower(Repository.path) == path_there, func.lower(Repository.host) == host)
    every = (
        await connection.execute(
            select(Repository.id, Repository.path, Repository.host, Repository.deleted_at)
            .where(Repository.organization_id == organization_id, Repository.provider == provider)
            .where(or_(func.lower(Repository.path) == path.lower(), there))
            # A name may have been given again after a rename or a deletion: the one in use.
            .order_by(Repository.deleted_at.isnot(None), Repository.seen_at.desc().nulls_last())
        )
    ).all()
    found = [one for one in every if one.path.lower() == path_there] or list(every)
    servers = {one.host: f"{one.host}/{one.path}" for one in found if one.host and one.deleted_at is None}
    if len(servers) > 1:
        named = " or ".join(sorted(servers.values()))
        raise Refused(f"Several servers have a repository {path!r}. Name one of {named}.")
    return (found[0].id, found[0].path) if found else None


async def find_or_add_repository(connection: AsyncConnection, organization_id: UUID, provider: str, path: str) -> UUID:
    """One never heard of waits for its first event. The caller holds the lock for new things. Raises `Refused`."""
    found = await find_repository(connection, organization_id, provider, path)
    if found is not None:
        return found[0]
    repository_id, path = uuid4(), path.strip().strip("/")
    values = {"provider": provider, "path": path, "name": path.rpartition("/")[2][:255]}
    await connection.execute(insert(Repository).values(id=repository_id, organization_id=organization_id, **values))
    return repository_id

"""What people say of deployments by hand: kept with who and when, audited, and in the numbers at once."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.aggregates import refresh
from storage.audit import audit
from storage.linking import relink
from storage.models.deployments import DeploymentMark

FAILED, OK, WITHDRAWN, RECOVERED = MARKS = ("failed", "ok", "withdrawn", "recovered")

# Marks of one deployment follow each other in the order in which they got its repository, also when the clock is set
# back. The lock is the one that writers of facts take.
LOCK = sa.text("""
    SELECT path, greatest(clock_timestamp(), (
        SELECT max(at) + interval '1 microsecond' FROM deployment_marks
        WHERE repository_id = :repository_id AND provider_key = :key)) AS at
    FROM (SELECT path FROM repositories WHERE id = :repository_id AND organization_id = :organization_id
          FOR NO KEY UPDATE) AS locked
""")
# By itself: what whoever held the lock did must be seen.
STANDS = sa.text("SELECT frozen FROM deployments WHERE repository_id = :repository_id AND provider_key = :key")
LATEST = (
    sa.select(DeploymentMark.mark)
    .where(
        DeploymentMark.repository_id == sa.bindparam("repository_id", type_=sa.Uuid()),
        DeploymentMark.provider_key == sa.bindparam("key", type_=sa.Text()),
    )
    .order_by(DeploymentMark.at.desc())
    .limit(1)
)


async def mark_deployment(
    connection: AsyncConnection, organization_id: UUID, repository_id: UUID, key: str, mark: str, actor: str
) -> bool:
    """Keep one of `MARKS` and link the repository anew, so that the next answer is right.

    In a transaction that has done nothing else (READ COMMITTED): it waits for whoever writes facts of the repository,
    and holds it to its end. `key` is the provider's. False, and nothing is kept: the
    organization has no such repository, or the deployment stands (it ended before the repository's horizon).
    """
    place = {"repository_id": repository_id, "key": key}
    locked = (await connection.execute(LOCK, {**place, "organization_id": organization_id})).one_or_none()
    if locked is None or await connection.scalar(STANDS, place):
        return False
    latest = await connection.scalar(LATEST, place)
    row = {"repository_id": repository_id, "provider_key": key, "at": locked.at, "mark": mark, "marked_by": actor}
    await connection.execute(sa.insert(DeploymentMark).values(row))
    before = {"mark": latest} if latest else None
    await audit(connection, organization_id, actor, "deployment.mark", f"{locked.path} {key}", before, {"mark": mark})
    await refresh(connection, (), await relink(connection, [repository_id]))
    return True

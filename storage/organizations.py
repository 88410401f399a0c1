"""Organizations that an administrator removes and restores. A removed one keeps all it has and does nothing with it:
it takes no deliveries, answers nobody, asks no provider and sends nothing, until retention drops it for good."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.models.digests import DigestSubscription
from storage.models.organizations import Organization, Team
from storage.models.repositories import Repository
from storage.refusal import Refused

# Those that send something: of an organization that is there, and there themselves.
LIVING_TEAMS = (
    select(Team.id)
    .join(Organization, Organization.id == Team.organization_id)
    .where(Team.deleted_at.is_(None), Organization.deleted_at.is_(None))
)


class OrganizationRemoved(Refused):
    """What it is asked for it does only when it is restored."""


class ListedOrganization(NamedTuple):
    slug: str
    name: str
    teams: int
    repositories: int
    # Digests that are not paused.
    digests: int
    # None: it is there.
    removed_at: datetime | None


async def list_organizations(connection: AsyncConnection) -> list[ListedOrganization]:
    """All of this database, by slug; those that only their audit log is left of, too."""

    def count(model: Any, *conditions: ColumnElement[bool]) -> Any:
        return select(func.count()).select_from(model).where(model.deleted_at.is_(None), *conditions).scalar_subquery()

    of_ours = DigestSubscription.team_id.in_(
        select(Team.id).where(Team.organization_id == Organization.id, Team.deleted_at.is_(None))
    )
    rows = await connection.execute(
        select(
            Organization.slug,
            Organization.name,
            count(Team, Team.organization_id == Organization.id),
            count(Repository, Repository.organization_id == Organization.id),
            count(DigestSubscription, DigestSubscription.paused_at.is_(None), of_ours),
            Organization.deleted_at,
        ).order_by(Organization.slug)
    )
    return [ListedOrganization(*row) for row in rows]


async def find_organization(connection: AsyncConnection, slug: str) -> ListedOrganization:
    """One that is there. Raises `Refused`."""
    found = next((one for one in await list_organizations(connection) if one.slug == slug), None)
    if found is None:
        raise Refused(f"There is no organization {slug!r}: `devmetrics organization list` shows those there are.")
    if found.removed_at is not None:
        raise removed(slug, found.removed_at)
    return found


async def remove_organization(connection: AsyncConnection, slug: str, actor: str) -> None:
    """From the end of this transaction on, in running processes within half a minute. Raises `Refused`."""
    # Of two who remove it at once the second one waits here, and is told.
    await connection.execute(select(Organization.id).where(Organization.slug == slug).with_for_update())
    found = await find_organization(connection, slug)
    removing = update(Organization).where(Organization.slug == slug).values(deleted_at=func.now())
    id_ = (await connection.execute(removing.returning(Organization.id))).scalar_one()
    before = {"name": found.name, "teams": found.teams, "repositories": found.repositories, "digests": found.digests}
    await audit(connection, id_, actor, "organization.remove", slug, before, None)


async def restore_organization(connection: AsyncConnection, slug: str, kept_since: datetime, actor: str) -> None:
    """With all it had. One that was removed before `kept_since` is being dropped. Raises `Refused`."""
    columns = (Organization.id, Organization.deleted_at)
    row = select(*columns).where(Organization.slug == slug).with_for_update()
    found = (await connection.execute(row)).one_or_none()
    if found is None:
        raise Refused(f"There is no organization {slug!r}: `devmetrics organization list` shows those there are.")
    if found.deleted_at is None:
        raise Refused(f"The organization {slug!r} is not removed: there is nothing to restore.")
    if found.deleted_at < kept_since:
        raise Refused(
            f"The organization {slug!r} was removed on {found.deleted_at:%Y-%m-%d}, longer ago than removed ones are "
            "kept (RETENTION_DELETED_DAYS): what it had is dropped. Its audit log is left."
        )
    await connection.execute(update(Organization).where(Organization.id == found.id).values(deleted_at=None))
    before = {"removed_at": found.deleted_at.isoformat()}
    await audit(connection, found.id, actor, "organization.restore", slug, before, None)


async def refuse_removed(connection: AsyncConnection, organization_id: UUID) -> None:
    """Raises `OrganizationRemoved`."""
    columns = (Organization.slug, Organization.deleted_at)
    found = (await connection.execute(select(*columns).where(Organization.id == organization_id))).one_or_none()
    if found is None:
        raise OrganizationRemoved("The organization was removed, and nothing is left of it.")
    if found.deleted_at is not None:
        raise removed(found.slug, found.deleted_at)


def removed(slug: str, at: datetime) -> OrganizationRemoved:
    return OrganizationRemoved(
        f"The organization {slug!r} was removed on {at:%Y-%m-%d}. `devmetrics organization restore {slug}` brings it "
        "back with all it had."
    )

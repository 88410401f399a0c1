"""In which zone the days and weeks of a team or of a whole organization begin, as a person sets it."""

from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.models.organizations import Organization, TeamSettings
from storage.refusal import Refused
from storage.teams import find_team


async def set_team_timezone(
    connection: AsyncConnection, organization_id: UUID, slug: str, timezone: str | None, actor: str
) -> UUID:
    """None: the organization's, whichever it is. Returns the team's id. Raises `Refused`."""
    if timezone is not None:
        check(timezone)
    team_id = await find_team(connection, organization_id, slug)
    before = await connection.scalar(select(TeamSettings.timezone).where(TeamSettings.team_id == team_id))
    if before == timezone:
        return team_id
    if timezone is None:
        await connection.execute(delete(TeamSettings).where(TeamSettings.team_id == team_id))
    else:
        values = {"timezone": timezone}
        await connection.execute(
            upsert(TeamSettings)
            .values(team_id=team_id, **values)
            .on_conflict_do_update(index_elements=["team_id"], set_=values)
        )
    told = ({"timezone": before}, {"timezone": timezone})
    await audit(connection, organization_id, actor, "team.set_timezone", slug, *told)
    return team_id


async def set_organization_timezone(
    connection: AsyncConnection, organization_id: UUID, timezone: str, actor: str
) -> UUID:
    """Of repositories, and of teams that set none. Raises `Refused`."""
    check(timezone)
    row = Organization.id == organization_id
    found = (await connection.execute(select(Organization.slug, Organization.timezone).where(row))).one()
    if found.timezone != timezone:
        await connection.execute(update(Organization).where(row).values(timezone=timezone))
        told = ({"timezone": found.timezone}, {"timezone": timezone})
        await audit(connection, organization_id, actor, "organization.set_timezone", found.slug, *told)
    return organization_id


def check(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"A time zone is named like Europe/Berlin or UTC; there is none called {timezone!r}.") from error

"""What no webhook tells: marks of people, settings, teams with their zones, incidents of other tools."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.company.people import GITLAB_HOST, Repository
from storage import records
from storage.aggregates import refresh
from storage.facts import write_records
from storage.linking import relink
from storage.models.deployments import DeploymentMark
from storage.models.organizations import TeamSettings
from storage.models.repositories import RepositorySettings, Service
from storage.teams import add_repository_to_team, add_team
from tests.stories.timeline import Timeline

HOSTS = {"github": "github.com", "gitlab": GITLAB_HOST}


async def find_repository(connection: AsyncConnection, of: Repository) -> UUID:
    found = await connection.execute(
        text("SELECT id FROM repositories WHERE provider = :provider AND provider_id = :id"),
        {"provider": of.provider, "id": str(of.id)},
    )
    repository_id: UUID = found.scalar_one()
    return repository_id


async def say(connection: AsyncConnection, organization_id: UUID, timeline: Timeline, settings: dict[str, Any]) -> UUID:
    """Everything about one repository that people and other tools say. Returns the repository's id."""
    repository_id = await find_repository(connection, timeline.of)
    for mark in timeline.marks:
        key = f"deployment:{mark.deployment}"
        row = {"provider_key": key, "at": mark.at, "mark": mark.says, "marked_by": mark.by}
        await connection.execute(insert(DeploymentMark).values(repository_id=repository_id, **row))
    services = settings.get("services", {})
    for name, rules in services.items():
        await connection.execute(insert(Service).values(repository_id=repository_id, name=name, rules=rules))
    if of_repository := {name: value for name, value in settings.items() if name != "services"}:
        await connection.execute(insert(RepositorySettings).values(repository_id=repository_id, **of_repository))
    await write_records(connection, organization_id, _incidents(timeline))
    if timeline.marks or timeline.named_incidents or settings:
        await refresh(connection, (), await relink(connection, {repository_id}))
    return repository_id


def _incidents(timeline: Timeline) -> list[records.Record]:
    of = timeline.of
    return [
        records.Incident(
            repository=records.RepositoryKey(of.provider, HOSTS[of.provider], str(of.id)),
            provider="generic",
            provider_key=f"incident:{one.number}",
            title="Checkout is down",
            url=None,
            labels=(),
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            seen_at=one.closed_at,
            is_incident=True,
            deployment_key=f"deployment:{one.deployment}" if one.deployment else None,
            sha=one.sha,
        )
        for one in timeline.named_incidents
    ]


async def give_to_team(connection: AsyncConnection, organization_id: UUID, of: Repository, zone: str) -> str:
    """A team of its own that lives in this zone from now on. Returns its slug."""
    slug = of.path.rpartition("/")[2].lower()
    team_id = await add_team(connection, organization_id, slug, slug, "test")
    await add_repository_to_team(connection, organization_id, slug, of.provider, of.path, "test")
    settings = upsert(TeamSettings).values(team_id=team_id, timezone=zone)
    await connection.execute(
        settings.on_conflict_do_update(index_elements=["team_id"], set_={"timezone": settings.excluded.timezone})
    )
    return slug

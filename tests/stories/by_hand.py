"""What no webhook tells, said as people say it: marks, settings, services, teams and their zones."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.company.people import Repository
from storage.aggregates import refresh
from storage.linking import relink
from storage.linking.settings import Service
from storage.marks import mark_deployment
from storage.repository_settings import SettingsChange, change_settings, set_service
from storage.teams import add_repository_to_team, add_service_to_team, add_team
from storage.timezones import set_team_timezone
from tests.stories.happenings import Mark
from tests.stories.timeline import Timeline

ACTOR = "cli:test"
# Of what people say now; this is when they would have said it.
SAID_AS_IT_HAPPENED = text("""
UPDATE deployment_marks SET at = :at WHERE (repository_id, provider_key) = (:id, :key) AND at = (
    SELECT max(at) FROM deployment_marks AS newest WHERE (repository_id, provider_key) = (:id, :key))
""")


async def find_repository(connection: AsyncConnection, of: Repository) -> UUID:
    found = await connection.execute(
        text("SELECT id FROM repositories WHERE provider = :provider AND provider_id = :id"),
        {"provider": of.provider, "id": str(of.id)},
    )
    repository_id: UUID = found.scalar_one()
    return repository_id


async def say(connection: AsyncConnection, organization_id: UUID, timeline: Timeline, settings: dict[str, Any]) -> UUID:
    """Everything about one repository that people say. Returns the repository's id."""
    of = timeline.of
    repository_id = await find_repository(connection, of)
    for name, rules in settings.get("services", {}).items():
        service = Service(name, **{field: _as_given(value) for field, value in rules.items()})
        await set_service(connection, organization_id, of.provider, of.path, service, ACTOR)
    wanted = {name: value for name, value in settings.items() if name != "services"}
    if wanted:
        await change_settings(connection, organization_id, of.provider, of.path, SettingsChange(**wanted), ACTOR)
    for mark in timeline.marks:
        assert await say_one(connection, organization_id, repository_id, mark)
    return repository_id


async def say_one(connection: AsyncConnection, organization_id: UUID, repository_id: UUID, mark: Mark) -> bool:
    """As if it were said then; False: what it is about stands."""
    actor = f"slack:{mark.by.upper()}"
    if not await mark_deployment(connection, organization_id, repository_id, mark.key, mark.says, actor):
        return False
    await connection.execute(SAID_AS_IT_HAPPENED, {"id": repository_id, "key": mark.key, "at": mark.at})
    await refresh(connection, (), await relink(connection, {repository_id}))
    return True


def _as_given(rules: Any) -> Any:
    return tuple(rules) if isinstance(rules, list) else rules


async def give_to_team(
    connection: AsyncConnection, organization_id: UUID, of: Repository, zone: str, services: list[str]
) -> str:
    """A team of its own that lives in this zone from now on; of these services, or of all. Returns its slug."""
    slug = of.path.rpartition("/")[2].lower()
    await add_team(connection, organization_id, slug, slug, ACTOR)
    if not services:
        await add_repository_to_team(connection, organization_id, slug, of.provider, of.path, ACTOR)
    for service in services:
        await add_service_to_team(connection, organization_id, slug, of.provider, of.path, service, ACTOR)
    await set_team_timezone(connection, organization_id, slug, zone, ACTOR)
    return slug

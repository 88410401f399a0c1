"""What a person says of a repository: what its deployments are, which environments count, its services.

Every change is audited, and all history that is kept in detail is linked again by it.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.aggregates import refresh
from storage.asking.readings import ask_for_chosen
from storage.audit import audit
from storage.facts.locks import lock_new_things
from storage.linking import lock_repositories, relink
from storage.linking.environments import CLASSES, PRODUCTION, classify
from storage.linking.reader import read_settings
from storage.linking.settings import RELEASE, SOURCES, WORKFLOW, Service, Settings
from storage.models import repositories as models
from storage.models.deployments import Deployment
from storage.models.organizations import TeamService
from storage.refusal import Refused
from storage.repositories import find_or_add_repository

SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
LONGEST_NAME = 255
MOST_NAMES = 100
# What a backfill reads of these only where they count: most repositories have many, and few count them.
UNREAD = frozenset({RELEASE, WORKFLOW})


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """None: as it is."""

    source: str | None = None
    workflows: Sequence[str] | None = None
    # Added to those there are; without a class: forgotten.
    environments: Mapping[str, str | None] | None = None
    counted_environments: Sequence[str] | None = None


async def change_settings(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str, change: SettingsChange, actor: str
) -> Settings:
    """In the caller's transaction. Raises `Refused`."""

    def changed(before: Settings) -> Settings:
        environments = {**before.environments, **(change.environments or {})}
        source = before.source if change.source is None else change.source
        # Those of another source would only mislead whoever reads the settings later.
        named = before.workflows if WORKFLOW in before._replace(source=source).sources else ()
        return before._replace(
            source=source,
            workflows=tuple(named if change.workflows is None else change.workflows),
            environments={name: known for name, known in environments.items() if known},
            counted_environments=tuple(
                before.counted_environments if change.counted_environments is None else change.counted_environments
            ),
        )

    return await _change(connection, organization_id, provider, path, changed, actor, "repository.set")


async def set_service(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str, service: Service, actor: str
) -> Settings:
    """Make a service, or give the one of this name other rules. Raises `Refused`."""

    def changed(before: Settings) -> Settings:
        others = [one for one in before.services if one.name.casefold() != service.name.casefold()]
        return before._replace(services=tuple(sorted([*others, service])))

    return await _change(connection, organization_id, provider, path, changed, actor, "repository.set_service")


async def remove_service(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str, name: str, actor: str
) -> Settings:
    """Its deployments count for the repository alone from now on; no team owns it any more. Raises `Refused`."""

    def changed(before: Settings) -> Settings:
        others = [one for one in before.services if one.name.casefold() != name.casefold()]
        if len(others) == len(before.services):
            raise Refused(f"{path} has no service {name!r}. {services_of(before)}")
        return before._replace(services=tuple(others))

    return await _change(connection, organization_id, provider, path, changed, actor, "repository.remove_service")


def services_of(settings: Settings) -> str:
    """A sentence that names them."""
    names = ", ".join(service.name for service in settings.services)
    return f"Its services: {names}." if names else "It has none."


async def _change(
    connection: AsyncConnection,
    organization_id: UUID,
    provider: str,
    path: str,
    changed: Callable[[Settings], Settings],
    actor: str,
    action: str,
) -> Settings:
    await lock_new_things(connection)
    repository_id = await find_or_add_repository(connection, organization_id, provider, path)
    # Before anything is read: a batch in hand either is seen by the linking below or sees these settings.
    await lock_repositories(connection, [repository_id])
    before = await read_settings(connection, repository_id)
    after = changed(before)
    if after == before:
        return after
    seen = (
        await connection.execute(
            select(Deployment.environment_name, Deployment.environment_told)
            .where(Deployment.repository_id == repository_id)
            .distinct()
        )
    ).all()
    check(after, {row.environment_name: row.environment_told for row in seen})
    await _write(connection, repository_id, before, after)
    await audit(connection, organization_id, actor, action, f"{provider}:{path}", as_json(before), as_json(after))
    if (after.sources - before.sources) & UNREAD:
        await ask_for_chosen(connection, repository_id)
    await refresh(connection, (), await relink(connection, [repository_id]))
    return after


def check(settings: Settings, seen: Mapping[str, str | None]) -> None:
    """Raises `Refused` for settings that would count nothing. `seen`: environments, with the class that was told."""
    for source in sorted(settings.sources):
        if source not in SOURCES:
            raise Refused(f"The source of deployments is one of {', '.join(SOURCES)}; not {source!r}.")
    named = [*settings.workflows, *(name for service in settings.services for name in service.workflows)]
    if WORKFLOW in settings.sources and not named:
        raise Refused(
            "Which workflows deploy? Name them: --source workflow --workflow NAME. Where jobs deploy, name these jobs."
        )
    if settings.workflows and WORKFLOW not in settings.sources:
        raise Refused("A workflow is only looked at with the source workflow: add --source workflow.")
    for name, known in settings.environments.items():
        if known not in CLASSES:
            raise Refused(f"An environment is one of {', '.join(CLASSES)}: write --environment {name}=production.")
    for name in settings.counted_environments:
        if "*" in name or classify(name, seen.get(name), settings.environments) == PRODUCTION:
            continue
        raise Refused(f"{name!r} is no production environment. If it is one, add --environment {name}=production.")
    for service in settings.services:
        if not SERVICE_NAME.fullmatch(service.name):
            raise Refused(
                f"A service is called like api or web-shop: letters, digits, . _ - and /; not {service.name!r}."
            )
        _check_names(service.environments, service.workflows, service.tags, service.paths)
    _check_names(settings.workflows, settings.environments, settings.counted_environments)


def _check_names(*lists: Collection[str]) -> None:
    for names in lists:
        if len(names) > MOST_NAMES:
            raise Refused(f"At most {MOST_NAMES} names or patterns: use * for what they have in common.")
        for name in names:
            if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
                raise Refused(f"A name or pattern has 1 to {LONGEST_NAME} printable characters, not {name[:40]!r}.")


def as_json(settings: Settings) -> dict[str, Any]:
    return {**settings._asdict(), "services": {service.name: rules_of(service) for service in settings.services}}


def rules_of(service: Service) -> dict[str, Any]:
    """What is stored of it: only what it has."""
    return {field: value for field, value in service._asdict().items() if value and field != "name"}


async def _write(connection: AsyncConnection, repository_id: UUID, before: Settings, after: Settings) -> None:
    values = {
        "deployment_source": after.source,
        "workflows": list(after.workflows),
        "environments": dict(after.environments),
        "counted_environments": list(after.counted_environments),
    }
    await connection.execute(
        upsert(models.RepositorySettings)
        .values(repository_id=repository_id, **values)
        .on_conflict_do_update(index_elements=["repository_id"], set_=values)
    )
    gone = {service.name for service in before.services} - {service.name for service in after.services}
    for model, column in ((models.Service, models.Service.name), (TeamService, TeamService.service)):
        await connection.execute(delete(model).where(model.repository_id == repository_id, column.in_(gone)))
    for service in after.services:
        rules = rules_of(service)
        await connection.execute(
            upsert(models.Service)
            .values(repository_id=repository_id, name=service.name, rules=rules)
            .on_conflict_do_update(index_elements=["repository_id", "name"], set_={"rules": rules})
        )

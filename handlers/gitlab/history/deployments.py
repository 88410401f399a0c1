"""Deployments: when each began, and how and when it ended. https://docs.gitlab.com/api/deployments/"""

from collections.abc import Iterator
from typing import Any

import msgspec

from handlers.gitlab.events import deployment
from handlers.gitlab.events.deployment import Payload
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.payloads import UserPart
from handlers.payloads import Id, Sha
from handlers.times import Time, parse_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

ENDS = ("success", "failed", "canceled", "skipped")


class EnvironmentPart(msgspec.Struct):
    name: str
    tier: str | None = None


class DeployablePart(msgspec.Struct):
    started_at: Time = None
    finished_at: Time = None
    web_url: str | None = None


class ListedDeployment(msgspec.Struct):
    id: Id
    status: str
    created_at: Time
    updated_at: Time
    sha: Sha
    environment: EnvironmentPart | None = None
    ref: str | None = None
    user: UserPart | None = None
    # None: it came through the API.
    deployable: DeployablePart | None = None


async def read(asking: Asking, following: Query | None) -> Page:
    query = {"order_by": "updated_at", "sort": "desc", "updated_after": asking.since_stamp}
    found, more = await asking.page("/deployments", following, **query)
    if not found:
        return Page([], None)
    environments = msgspec.convert(await asking.client.every(asking.path("/environments")), list[EnvironmentPart])
    tiers = {one.name: one.tier for one in environments}
    listed = msgspec.convert(found, list[ListedDeployment])
    return Page([record for one in listed for record in _records(asking, one, tiers)], more)


def _records(asking: Asking, one: ListedDeployment, tiers: dict[str, str | None]) -> Iterator[Record]:
    """As the webhooks of its beginning and its end tell it."""
    job = one.deployable or DeployablePart()
    yield from _tell(asking, one, tiers, "running", job.started_at or one.created_at)
    if one.status in ENDS:
        # `updated_at` changes with anything; the job knows when it was over.
        ended = job.finished_at if parse_time(job.finished_at) else one.updated_at
        yield from _tell(asking, one, tiers, one.status, ended)


def _tell(
    asking: Asking, one: ListedDeployment, tiers: dict[str, str | None], status: str, at: Time
) -> Iterator[Record]:
    environment = one.environment
    payload = Payload(
        deployment_id=one.id,
        status=status,
        status_changed_at=at,
        project=asking.part,
        environment=environment.name if environment else None,
        environment_tier=(environment.tier or tiers.get(environment.name)) if environment else None,
        ref=one.ref,
        short_sha=one.sha,
        deployable_url=job_url(one),
        user=one.user,
    )
    try:
        told: list[Any] = list(deployment.handle(payload, asking.origin))
    except Ignored:
        return
    yield from (record for record in told if isinstance(record, DeploymentStatus))


def job_url(one: ListedDeployment) -> str | None:
    return one.deployable.web_url if one.deployable else None

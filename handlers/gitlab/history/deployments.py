"""Deployments: when each began, and how and when it ended. https://docs.gitlab.com/api/deployments/"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from handlers.gitlab.events import deployment
from handlers.gitlab.events.deployment import Payload
from handlers.gitlab.history import jobs
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.history.jobs import ENDS, Deploying, JobPart
from handlers.gitlab.payloads import UserPart
from handlers.payloads import Id, Sha
from handlers.times import Time, parse_time
from handlers.verdicts import Ignored
from storage.linking.settings import WORKFLOW
from storage.records import DeploymentStatus, Record


class EnvironmentPart(msgspec.Struct):
    name: str
    tier: str | None = None


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
    deployable: JobPart | None = None


async def read(asking: Asking, following: Query | None) -> Page:
    listed, more = await _list(asking, following)
    if not listed:
        return Page([], None)
    tiers = asking.known.tiers = asking.known.tiers or await _tiers(asking)
    records = asking.known.left_out.records(listed, lambda one: _records(asking, one, tiers))
    if WORKFLOW in asking.repository.sources:
        # They deploy the same, and are told by the same list.
        records += await jobs.records_of(
            asking,
            (
                Deploying(one.deployable, one.environment.name, _tier(one.environment, tiers), one.sha)
                for one in listed
                if one.deployable and one.environment
            ),
        )
    return Page(records, more)


async def _tiers(asking: Asking) -> Mapping[str, str | None]:
    """Lists of deployments leave them out."""
    found = await asking.client.every(asking.path("/environments"))
    return {one.name: one.tier for one in msgspec.convert(found, list[EnvironmentPart])}


async def read_deployed(asking: Asking) -> None:
    """Only what was deployed, for a process that took a reading over."""
    following: Query | None = None
    while True:
        _, following = await _list(asking, following)
        if following is None:
            return


async def _list(asking: Asking, following: Query | None) -> tuple[list[ListedDeployment], Query | None]:
    query = {"order_by": "updated_at", "sort": "desc", "updated_after": asking.since_stamp}
    found, more = await asking.page("/deployments", following, **query)
    listed = asking.known.left_out.each(found, ListedDeployment)
    asking.known.deployed += [one.sha for one in listed]
    asking.known.deployed_from += [one.ref for one in listed if one.ref]
    return listed, more


def _records(asking: Asking, one: ListedDeployment, tiers: Mapping[str, str | None]) -> Iterator[Record]:
    """As the webhooks of its beginning and its end tell it."""
    job = one.deployable or JobPart()
    yield from _tell(asking, one, tiers, "running", job.started_at or one.created_at)
    if one.status in ENDS:
        # `updated_at` changes with anything; the job knows when it was over.
        ended = job.finished_at if parse_time(job.finished_at) else one.updated_at
        yield from _tell(asking, one, tiers, one.status, ended)


def _tell(
    asking: Asking, one: ListedDeployment, tiers: Mapping[str, str | None], status: str, at: Time
) -> Iterator[Record]:
    environment = one.environment
    payload = Payload(
        deployment_id=one.id,
        status=status,
        status_changed_at=at,
        project=asking.part,
        environment=environment.name if environment else None,
        environment_tier=_tier(environment, tiers) if environment else None,
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


def _tier(environment: EnvironmentPart, tiers: Mapping[str, str | None]) -> str | None:
    return environment.tier or tiers.get(environment.name)


def job_url(one: ListedDeployment) -> str | None:
    return one.deployable.web_url if one.deployable else None

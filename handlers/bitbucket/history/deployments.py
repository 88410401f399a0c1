"""Deployments that Pipelines made: when each began, and how and when it ended.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-deployments/
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.bitbucket.history.asking import Asking, Page, fields
from handlers.bitbucket.payloads import AccountPart, person_of
from handlers.bitbucket.pipelines import key_of_run
from handlers.environments import PRODUCTION, class_of_tier
from handlers.payloads import Sha, link
from handlers.times import Time, parse_time
from storage.records import DeploymentStatus, Record

ENDS = {"SUCCESSFUL": "success", "FAILED": "failed", "STOPPED": "canceled"}
# Bitbucket's three types are tiers: https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/
TIERS = {"test": "testing", "staging": "staging", "production": "production"}
# Without them, environments and releases come as ids alone.
FIELDS = fields(
    "uuid",
    "state",
    "environment.name",
    "environment.environment_type.name",
    "release.name",
    "release.url",
    "release.created_on",
    "release.commit.hash",
)
QUERY = (("sort", "-state.started_on"), ("pagelen", "100"), FIELDS)
# All in one step, since the first of them are needed to tell whether the last ones were made again.
MOST_PAGES = 50


class NamePart(msgspec.Struct):
    name: str | None = None


class EnvironmentPart(msgspec.Struct):
    name: str | None = None
    environment_type: NamePart | None = None


class CommitPart(msgspec.Struct):
    hash: Sha


class ReleasePart(msgspec.Struct):
    # The number of the run: "#186".
    name: str | None = None
    url: str | None = None
    created_on: Time = None
    commit: CommitPart | None = None


class StatePart(msgspec.Struct):
    """The documentation calls the times differently from what is sent."""

    # UNDEPLOYED (a step that waits for somebody), IN_PROGRESS, COMPLETED
    name: str
    status: NamePart | None = None
    url: str | None = None
    started_on: Time = None
    start_date: Time = None
    completed_on: Time = None
    completion_date: Time = None
    deployer: AccountPart | None = None

    @property
    def started_at(self) -> datetime | None:
        return parse_time(self.started_on) or parse_time(self.start_date)

    @property
    def finished_at(self) -> datetime | None:
        return parse_time(self.completed_on) or parse_time(self.completion_date)


class ListedDeployment(msgspec.Struct):
    uuid: str
    state: StatePart
    environment: EnvironmentPart | None = None
    release: ReleasePart | None = None

    @property
    def run(self) -> tuple[str, str]:
        """Its address, and where it deployed to."""
        address = (self.release.url if self.release else None) or self.state.url or ""
        return address, (self.environment.name if self.environment else None) or ""


async def read(asking: Asking, _: str | None) -> Page:
    """The newest first. A run that deploys again deploys to where it did before: so the list is read back to when the
    first of the runs that are told was made, and a deployment is known as its run's first, second and so on."""
    began: list[tuple[datetime, ListedDeployment]] = []
    back_to = asking.since
    following: str | None = None
    for _page in range(MOST_PAGES):
        found, following = await asking.page(["deployments"], following, QUERY)
        listed = [
            (started_at, one)
            for one in asking.known.left_out.each(found, ListedDeployment)
            if (started_at := one.state.started_at) is not None
        ]
        began += listed
        made = [parse_time(one.release.created_on) for at, one in listed if at >= asking.since and one.release]
        back_to = min([back_to, *(at for at in made if at is not None)])
        # Where nothing was deployed yet, it does not say where in the list that is.
        if following is None or (listed and not any(at >= back_to for at, _ in listed)):
            break
    records: list[Record] = []
    runs: dict[tuple[str, str], int] = {}
    for at, one in sorted(began, key=lambda pair: (pair[0], pair[1].uuid)):
        again = runs[one.run] = runs.get(one.run, -1) + 1
        if at >= asking.since:
            records += _records(asking, one, at, again)
    to_production = any(isinstance(one, DeploymentStatus) and one.environment == PRODUCTION for one in records)
    return Page(records, None, covers_next=to_production)


def _records(asking: Asking, one: ListedDeployment, started_at: datetime, again: int) -> Iterator[Record]:
    """Its beginning and its end, as webhooks tell those of others."""
    yield _status(asking, one, started_at, again, "in_progress", started_at)
    ended = ENDS.get((one.state.status.name if one.state.status else None) or "")
    finished_at = one.state.finished_at
    if ended is not None and finished_at is not None:
        yield _status(asking, one, started_at, again, ended, finished_at)


def _status(
    asking: Asking, one: ListedDeployment, started_at: datetime, again: int, status: str, at: datetime
) -> DeploymentStatus:
    key = asking.repository.key
    address, environment = one.run
    tier = one.environment.environment_type if one.environment else None
    return DeploymentStatus(
        repository=key,
        provider_key=key_of_run(address, environment, again) or f"deployment:{one.uuid.strip('{}')}",
        environment_name=environment,
        environment=class_of_tier(TIERS.get((tier.name or "").lower())) if tier else None,
        status=status,
        status_at=at,
        started_at=started_at,
        sha=one.release.commit.hash if one.release and one.release.commit else None,
        # Which branch the run was of, only the run itself tells.
        ref=None,
        url=link(one.state.url) or link(address),
        deployed_by=person_of(one.state.deployer, key.host, at),
    )

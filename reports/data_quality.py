"""What was left out, assumed or is missing, as sentences for whoever reads the numbers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED
from reports.metrics import commits, pull_requests
from reports.metrics.pull_requests import KEY
from reports.report import DataQuality, Window
from reports.sources import WINDOWS, AnySelect, Sources, in_repositories, in_window, is_untold, per_window, word
from storage.models.changes import Change, LinkNote
from storage.models.deliveries import WebhookDelivery
from storage.models.deployments import Deployment
from storage.models.history import Commit
from storage.models.pull_requests import PullRequest

# Equal or not is all that matters, and bytes are compared in half the time.
_NAME = sa.collate(Deployment.environment_name, "C")
# Few repositories have more than one: only of those the services are looked at.
_WITH_SEVERAL = (
    sa.select(Deployment.repository_id)
    .where(COUNTED)
    .group_by(Deployment.repository_id)
    .having(sa.func.min(_NAME) < sa.func.max(_NAME))
    .correlate(WINDOWS)
)
_ENVIRONMENTS = (
    sa.select(Deployment.repository_id, Deployment.service, Deployment.environment_name)
    .where(COUNTED, Deployment.repository_id.in_(_WITH_SEVERAL))
    .distinct()
    .correlate(WINDOWS)
    .subquery("environments")
)
# Of a repository and service that deploy to more than one.
_SEVERAL_ENVIRONMENTS = (
    sa.select(sa.func.unnest(sa.func.array_agg(_ENVIRONMENTS.c.environment_name)).label("name"))
    .group_by(_ENVIRONMENTS.c.repository_id, _ENVIRONMENTS.c.service)
    .having(sa.func.count() > 1)
    .subquery("several_environments")
)
_NOTES = (
    sa.select(LinkNote.kind, sa.func.count().label("times"))
    .where(in_repositories(LinkNote.repository_id), in_window(LinkNote.at))
    .group_by(LinkNote.kind)
    .correlate(WINDOWS)
    .subquery("notes")
)


def counted_in(*, services: bool) -> AnySelect:
    """Without services nothing is untold, and an index alone has the rest."""

    def untold(model: type[PullRequest | Commit], kind: str, key: Any) -> sa.ColumnElement[int]:
        if not services:
            return sa.literal(0)
        return sa.func.count().filter(is_untold(model.repository_id, kind, key))

    return per_window(
        sa.select(sa.func.array_agg(sa.distinct(_SEVERAL_ENVIRONMENTS.c.name)).label("environments")),
        sa.select(
            sa.func.count().filter(PullRequest.is_bot).label("bot_pull_requests"),
            sa.func.count().filter(PullRequest.lines_added.is_(None)).label("unknown_pull_requests"),
            sa.func.count()
            .filter(sa.not_(PullRequest.is_bot), sa.not_(PullRequest.is_change))
            .label("pull_requests_without_change"),
            untold(PullRequest, "pull_request", KEY).label("untold_pull_requests"),
        ).where(pull_requests.MERGED if services else pull_requests.MERGED_IN_REPOSITORIES),
        sa.select(
            sa.func.count().filter(Commit.is_bot).label("bot_commits"),
            sa.func.count().filter(Commit.lines_added.is_(None)).label("unknown_commits"),
            untold(Commit, "commit", Commit.commit_sha).label("untold_commits"),
        ).where(commits.COUNTED if services else commits.IN_REPOSITORIES, sa.not_(Commit.is_merge)),
        sa.select(sa.func.coalesce(sa.func.sum(Change.old_commits_left_out), 0).label("old_commits")).where(
            in_repositories(Change.repository_id), in_window(Change.merged_at), sa.not_(Change.is_bot)
        ),
        sa.select(sa.func.jsonb_object_agg(_NOTES.c.kind, _NOTES.c.times).label("notes")),
    )


SELECT, OF_SERVICES = counted_in(services=False), counted_in(services=True)

_ORGANIZATION = sa.bindparam("organization_id", type_=sa.Uuid())
DELIVERIES = sa.select(
    *(
        sa.select(sa.func.count())
        .where(WebhookDelivery.state == word(state), WebhookDelivery.organization_id == _ORGANIZATION)
        .scalar_subquery()
        .label(state)
        for state in ("failed", "pending")
    )
)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """`1 delivery`, `1,200 deliveries`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def _merged(pull_requests: int, commits: int) -> str:
    told = ((pull_requests, "merged pull request"), (commits, "commit"))
    return " and ".join(counted(count, noun) for count, noun in told if count)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def of_notes(notes: dict[str, int]) -> Iterator[DataQuality]:
    """What linking noted (`link_notes`), each kind in its own words."""
    sentences: dict[str, Callable[[int], str]] = {
        "canceled": lambda n: f"{counted(n, 'canceled deployment')} {_is(n)} not counted.",
        "negative_lead_time": lambda n: (
            f"{counted(n, 'change')} {_is(n)} left out of the lead time: deployed before the merge, says the provider."
        ),
        "negative_recovery": lambda n: (
            f"{counted(n, 'recovery', 'recoveries')} {_is(n)} left out of the recovery time: over before it began."
        ),
        "estimated_shipping": lambda n: (
            f"When {counted(n, 'change')} shipped is estimated from the order of the merges."
        ),
        "unknown_sha": lambda n: (
            f"What {counted(n, 'deployment')} shipped is not known: no push or pull request names the deployed commit."
        ),
        "untold_shipping": lambda n: (
            f"{counted(n, 'deployment')} may have shipped more: pushes do not tell all that came before, and the "
            "provider has not told it yet."
        ),
        "cut_push": lambda n: f"{counted(n, 'push', 'pushes')} had more commits than the provider tells.",
        "imported_history": lambda n: (
            f"{counted(n, 'push', 'pushes')} brought an imported history: its commits count as live already."
        ),
        "environment_left_out": lambda n: (
            f"{counted(n, 'deployment')} to production environments that the settings leave out {_is(n)} not counted."
        ),
        "told_twice": lambda n: (
            f"{counted(n, 'deployment')} may be counted twice: within 10 minutes another tool told one of the same "
            "commit to the same environment. Let one of them tell."
        ),
        "unknown_files": lambda n: (
            f"{counted(n, 'change')} {_is(n)} counted for every service: which files changed is not known."
        ),
        "no_service": lambda n: f"{counted(n, 'deployment')} {_is(n)} of none of the repository's services.",
        "incident_without_deployment": lambda n: (
            f"{counted(n, 'incident')} {_is(n)} in no rate: no deployment to blame was found."
        ),
    }
    for kind, say in sentences.items():
        if count := notes.get(kind, 0):
            yield DataQuality(kind, count, say(count))


def of_window(row: Any) -> Iterator[DataQuality]:
    """What the facts of the window lack or leave out."""
    if names := sorted(row.environments or ()):
        text = f"Deployments to {len(names)} production environments all count: {', '.join(names)}."
        yield DataQuality("several_environments", len(names), text)
    if bots := row.bot_pull_requests + row.bot_commits:
        told = _merged(row.bot_pull_requests, row.bot_commits)
        text = f"{told} by bots {_is(bots)} left out of lead time, stages and waiting."
        yield DataQuality("bots", bots, text)
    if others := row.pull_requests_without_change:
        text = (
            f"{counted(others, 'merged pull request')} {_is(others)} in no lead time and no stages: without a commit "
            "of its own, or merged elsewhere than production is deployed from."
        )
        yield DataQuality("pull_requests_without_change", others, text)
    if untold := row.untold_pull_requests + row.untold_commits:
        text = (
            f"{_merged(row.untold_pull_requests, row.untold_commits)} {_is(untold)} counted although it is not known "
            "which services' files changed."
        )
        yield DataQuality("untold_services", untold, text)
    if row.old_commits:
        text = (
            f"{counted(row.old_commits, 'commit')} written more than 90 days before the pull request "
            f"{_is(row.old_commits)} left out of lead and cycle time."
        )
        yield DataQuality("old_commits", row.old_commits, text)
    if unknown := row.unknown_commits + row.unknown_pull_requests:
        parts = [
            counted(count, noun)
            for count, noun in ((row.unknown_commits, "commit"), (row.unknown_pull_requests, "merged pull request"))
            if count
        ]
        text = f"The line counts of {' and '.join(parts)} are not known and in no sum."
        yield DataQuality("lines_unknown", unknown, text)


def of_deliveries(row: Any) -> Iterator[DataQuality]:
    """Webhook deliveries of the organization that are in no number yet."""
    if row.failed:
        text = (
            f"{counted(row.failed, 'webhook delivery', 'webhook deliveries')} could not be processed and "
            f"{_is(row.failed)} missing here: `devmetrics deliveries list --state failed` says why."
        )
        yield DataQuality("deliveries_failed", row.failed, text)
    if row.pending:
        text = f"{counted(row.pending, 'webhook delivery', 'webhook deliveries')} {_is(row.pending)} not processed yet."
        yield DataQuality("deliveries_pending", row.pending, text)


async def find_in_windows(
    connection: AsyncConnection, sources: Sources, windows: Sequence[Window]
) -> list[tuple[DataQuality, ...]]:
    rows = await connection.execute(OF_SERVICES if sources.services else SELECT, sources.parameters(windows))
    return [(*of_window(row), *of_notes(row.notes or {})) for row in rows]


async def find_in_deliveries(connection: AsyncConnection, organization_id: UUID) -> list[DataQuality]:
    row = (await connection.execute(DELIVERIES, {"organization_id": organization_id})).one()
    return list(of_deliveries(row))

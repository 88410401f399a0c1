"""What one person did, for that person alone: pull requests with their stages, reviews given, commits."""

from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence
from reports.metrics import commits, pull_requests
from reports.old_commits import find_horizon
from reports.report import Commits, PullRequests, Window
from reports.sources import Sources, in_repositories, in_window, per_window
from reports.windows import cut_to_tracking, local_day
from storage.models.history import Commit
from storage.models.pull_requests import PullRequest, PullRequestKey, Review

DEVELOPER = sa.bindparam("developer_id", type_=sa.Uuid())

PULL_REQUESTS = pull_requests.counted_in(sa.and_(pull_requests.IN_REPOSITORIES, PullRequest.author_id == DEVELOPER))
MERGED = replace(pull_requests.ITEMS, rows=pull_requests.ITEMS.rows.where(PullRequest.author_id == DEVELOPER))
COMMITS = commits.counted_in(sa.and_(commits.IN_REPOSITORIES, Commit.author_id == DEVELOPER))
# By number a pull request is found through its key: the table itself is one of times.
REVIEWED = per_window(
    sa.select(sa.func.count(sa.distinct(sa.tuple_(Review.repository_id, Review.pr_number))).label("reviewed"))
    .select_from(Review)
    .join(
        PullRequestKey,
        sa.and_(PullRequestKey.repository_id == Review.repository_id, PullRequestKey.pr_number == Review.pr_number),
    )
    .join(
        PullRequest,
        sa.and_(
            PullRequest.repository_id == PullRequestKey.repository_id,
            PullRequest.pr_number == PullRequestKey.pr_number,
            PullRequest.time == PullRequestKey.time,
        ),
    )
    .where(
        in_repositories(Review.repository_id),
        Review.reviewer_id == DEVELOPER,
        Review.deleted_at.is_(None),
        in_window(Review.submitted_at),
        PullRequest.author_id.is_distinct_from(DEVELOPER),
    )
)


@dataclass(frozen=True, slots=True)
class PersonReport:
    window: Window
    # None: nothing is known of this window, and a 0 would be a lie.
    pull_requests: PullRequests | None
    commits: Commits | None
    # Pull requests of others that got a review, an approval or a comment on the code.
    reviewed: int
    # The newest of those merged.
    merged: tuple[Evidence, ...]
    # What is to be known before a number is read.
    remark: str | None


async def person_report(
    connection: AsyncConnection, developer_id: UUID, sources: Sources, asked: Window, limit: int
) -> PersonReport:
    """Of the days that have facts one by one: before them nobody's name is kept."""
    horizon = await find_horizon(connection, sources)
    begins = [moment for moment in (sources.tracked_since, horizon) if moment is not None]
    window = cut_to_tracking(asked, max(begins)) if sources.tracked_since else None
    if window is None:
        return PersonReport(asked, None, None, 0, (), "Nothing is known of this time: there is no data.")
    parameters = {**sources.parameters([window]), "developer_id": developer_id}
    opened = (await connection.execute(PULL_REQUESTS, parameters)).one()
    committed = (await connection.execute(COMMITS, parameters)).one()
    reviewed = await connection.scalar(REVIEWED, parameters)
    merged, _ = await MERGED.page(connection, sources, window, None, limit, developer_id=developer_id)
    return PersonReport(
        window,
        pull_requests.summarize(opened),
        commits.summarize(committed),
        int(reviewed or 0),
        tuple(merged),
        _remark(window),
    )


def _remark(window: Window) -> str | None:
    if window.asked_start is None:
        return None
    return f"Who did what is known since {local_day(window.start, ZoneInfo(window.timezone))}: the window starts there."

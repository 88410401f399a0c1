"""Open pull requests that wait for their first review, and for whom."""

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.report import WaitingPullRequest, Window
from reports.sources import MOMENT, AnySelect, Sources, after, in_repositories, word
from storage.linking.people import is_bot
from storage.models.people import Developer
from storage.models.pull_requests import PullRequest, ReviewRequest
from storage.models.repositories import Repository

# How many are listed; the others are counted.
LISTED = 20

_AT = sa.bindparam("at", type_=MOMENT)
# By people, ready for review, and nobody but the author has reviewed it.
_UNREVIEWED = sa.and_(
    in_repositories(PullRequest.repository_id),
    PullRequest.time < _AT,
    sa.not_(PullRequest.draft),
    sa.not_(PullRequest.is_bot),
    PullRequest.ready_at <= _AT,
    sa.or_(PullRequest.first_review_at.is_(None), PullRequest.first_review_at > _AT),
    # Nobody can review what was deleted.
    ~sa.exists().where(Repository.id == PullRequest.repository_id, Repository.deleted_at <= _AT),
)


def _unreviewed(*when: sa.ColumnElement[bool]) -> AnySelect:
    return sa.select(
        PullRequest.repository_id,
        PullRequest.pr_number,
        PullRequest.title,
        PullRequest.url,
        PullRequest.author_id,
        PullRequest.ready_at,
    ).where(_UNREVIEWED, *when)


# Open then: still open, or merged or closed since.
_OPEN = sa.union_all(
    _unreviewed(PullRequest.state == word("open")),
    _unreviewed(PullRequest.state == word("merged"), after(PullRequest.merged_at, _AT)),
    _unreviewed(PullRequest.state == word("closed"), after(PullRequest.closed_at, _AT)),
).subquery("open")
_LONGEST = (
    sa.select(_OPEN, sa.func.count().over().label("total"))
    .order_by(_OPEN.c.ready_at, _OPEN.c.repository_id, _OPEN.c.pr_number)
    .limit(LISTED)
    .subquery("longest")
)

SELECT = (
    sa.select(_LONGEST, Repository.path, ReviewRequest.name, Developer.is_bot)
    .join(Repository, Repository.id == _LONGEST.c.repository_id)
    .outerjoin(
        ReviewRequest,
        sa.and_(
            ReviewRequest.repository_id == _LONGEST.c.repository_id,
            ReviewRequest.pr_number == _LONGEST.c.pr_number,
            ReviewRequest.requested,
            ReviewRequest.developer_id.is_distinct_from(_LONGEST.c.author_id) | ReviewRequest.developer_id.is_(None),
        ),
    )
    .outerjoin(Developer, Developer.id == ReviewRequest.developer_id)
    .order_by(_LONGEST.c.ready_at, _LONGEST.c.repository_id, _LONGEST.c.pr_number, ReviewRequest.name)
)


async def find_waiting(
    connection: AsyncConnection, sources: Sources, window: Window, now: datetime
) -> tuple[tuple[WaitingPullRequest, ...], int]:
    """Those waiting longest at the end of the window (while it runs: now), and how many wait in all.

    Bots are nobody to wait for.
    """
    at = min(window.end, now)
    rows = (await connection.execute(SELECT, {**sources.parameters([]), "at": at})).all()
    pull_requests = {(row.repository_id, row.pr_number): row for row in rows}
    asked: dict[object, list[str]] = defaultdict(list)
    for row in rows:
        if row.name is not None and not row.is_bot and not is_bot(row.name, None, None):
            asked[row.repository_id, row.pr_number].append(row.name)
    listed = tuple(
        WaitingPullRequest(
            repository=row.path,
            number=row.pr_number,
            title=row.title or "",
            url=row.url,
            waiting_seconds=(at - row.ready_at).total_seconds(),
            waiting_for=tuple(asked[key]),
        )
        for key, row in pull_requests.items()
    )
    return listed, rows[0].total if rows else 0

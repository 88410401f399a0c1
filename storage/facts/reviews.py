"""Writing reviews and requests for them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.identities import who
from storage.facts.registers import known_first, least
from storage.facts.tables import FactTable
from storage.facts.touched import Touched
from storage.facts.values import number, text
from storage.models import pull_requests as models
from storage.records import RepositoryKey

LONGEST_STATE = 32


class ReviewRow(Struct, frozen=True):
    repository_id: UUID
    pr_number: int
    provider_key: str
    reviewer_identity: str | None
    reviewer_id: UUID | None
    kind: str
    state: str | None
    submitted_at: datetime
    seen_at: datetime
    is_bot: bool
    deleted_at: datetime | None


class RequestRow(Struct, frozen=True):
    repository_id: UUID
    pr_number: int
    reviewer: str
    name: str
    developer_id: UUID | None
    requested: bool
    seen_at: datetime


def review_row(review: records.Review, repository_id: UUID, developers: Mapping[str, UUID]) -> ReviewRow:
    reviewer, reviewer_id = who(review.reviewer, developers)
    return ReviewRow(
        repository_id=repository_id,
        pr_number=number(review.number),
        provider_key=text(review.provider_key),
        reviewer_identity=reviewer,
        reviewer_id=reviewer_id,
        kind=review.kind,
        state=text(review.state, LONGEST_STATE),
        submitted_at=review.submitted_at,
        seen_at=review.seen_at,
        is_bot=review.reviewer.bot if review.reviewer else False,
        deleted_at=review.seen_at if review.deleted else None,
    )


def merge_reviews(first: ReviewRow, second: ReviewRow) -> ReviewRow:
    """The newest state wins; what was deleted stays deleted; it was given when it was first given."""
    if first == second:
        return first
    reviewer = least(first.reviewer_identity, second.reviewer_identity)
    newest = max(first, second, key=lambda row: (row.seen_at, row.kind, known_first(row.state)))
    return replace(
        newest,
        reviewer_identity=reviewer,
        reviewer_id=first.reviewer_id if reviewer == first.reviewer_identity else second.reviewer_id,
        submitted_at=min(first.submitted_at, second.submitted_at),
        is_bot=first.is_bot or second.is_bot,
        deleted_at=least(first.deleted_at, second.deleted_at),
    )


def request_row(request: records.ReviewRequest, repository_id: UUID, developers: Mapping[str, UUID]) -> RequestRow:
    return RequestRow(
        repository_id=repository_id,
        pr_number=number(request.number),
        reviewer=text(request.reviewer),
        name=text(request.name),
        developer_id=who(request.person, developers)[1],
        requested=request.requested,
        seen_at=request.seen_at,
    )


def merge_requests(first: RequestRow, second: RequestRow) -> RequestRow:
    """The newest word wins; of one moment the removal, since only what was asked for can be withdrawn."""
    newest = max(first, second, key=lambda row: (row.seen_at, not row.requested, row.name))
    return replace(newest, developer_id=least(first.developer_id, second.developer_id))


REVIEWS = FactTable(
    ReviewRow,
    models.Review,
    ["repository_id", "pr_number", "provider_key"],
    merge_reviews,
)
REQUESTS = FactTable(RequestRow, models.ReviewRequest, ["repository_id", "pr_number", "reviewer"], merge_requests)


async def write_reviews(
    connection: AsyncConnection,
    reviews: Iterable[records.Review],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
    touched: Touched,
) -> None:
    rows = (review_row(review, repositories[review.repository], developers) for review in reviews)
    changed = await REVIEWS.absorb(connection, rows)
    touched.repositories.update(change.after.repository_id for change in changed)


async def write_review_requests(
    connection: AsyncConnection,
    requests: Iterable[records.ReviewRequest],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
) -> None:
    rows = (request_row(request, repositories[request.repository], developers) for request in requests)
    await REQUESTS.absorb(connection, rows)

"""Writing pull requests: the newest snapshot of each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.identities import who
from storage.facts.registers import Stamps, Told, greatest, least
from storage.facts.tables import FactTable, was_lost
from storage.facts.touched import Touched
from storage.facts.values import count, number, text
from storage.models import pull_requests as models
from storage.records import RepositoryKey

# Told by a snapshot or not; the newest that tells wins.
TOLD = Told(
    "seen_at",
    (
        "draft",
        "author_identity",
        "provider_id",
        "title",
        "url",
        "body",
        "closed_at",
        "base_ref",
        "head_ref",
        "head_repository",
        "head_sha",
        "merge_sha",
        "labels",
        "lines_added",
        "lines_deleted",
        "files_changed",
        "commit_count",
        "provider_review_comments",
    ),
)
# In `told_at`: the newest snapshot that said "open", when the newest of all does not.
OPEN = "open"


class PullRequestRow(Struct, frozen=True):
    repository_id: UUID
    pr_number: int
    time: datetime
    author_identity: str | None
    author_id: UUID | None
    state: str
    merged_at: datetime | None
    closed_at: datetime | None
    seen_at: datetime
    told_at: Stamps
    provider_id: str | None
    title: str | None
    url: str | None
    body: str | None
    draft: bool
    base_ref: str | None
    head_ref: str | None
    head_repository: str | None
    head_sha: str | None
    merge_sha: str | None
    labels: tuple[str, ...]
    lines_added: int | None
    lines_deleted: int | None
    files_changed: int | None
    commit_count: int | None
    provider_review_comments: int | None
    is_bot: bool


def pull_request_row(
    pull_request: records.PullRequest, repository_id: UUID, developers: Mapping[str, UUID]
) -> PullRequestRow:
    author, author_id = who(pull_request.author, developers)
    return PullRequestRow(
        repository_id=repository_id,
        pr_number=number(pull_request.number),
        time=pull_request.created_at,
        author_identity=author,
        author_id=author_id,
        state=pull_request.state,
        merged_at=pull_request.merged_at if pull_request.state == "merged" else None,
        closed_at=pull_request.closed_at if pull_request.state != "open" else None,
        seen_at=pull_request.seen_at,
        told_at={},
        provider_id=text(pull_request.provider_id),
        title=text(pull_request.title),
        url=text(pull_request.url),
        body=text(pull_request.body),
        draft=pull_request.draft,
        base_ref=text(pull_request.base_ref),
        head_ref=text(pull_request.head_ref),
        head_repository=text(pull_request.head_repository),
        head_sha=text(pull_request.head_sha),
        merge_sha=text(pull_request.merge_sha),
        labels=tuple(sorted(map(text, pull_request.labels))),
        lines_added=count(pull_request.lines_added),
        lines_deleted=count(pull_request.lines_deleted),
        files_changed=count(pull_request.files_changed),
        commit_count=count(pull_request.commit_count),
        provider_review_comments=count(pull_request.review_comments),
        is_bot=pull_request.author.bot if pull_request.author else False,
    )


def merge_pull_requests(first: PullRequestRow, second: PullRequestRow) -> PullRequestRow:
    """The newest snapshot wins, of one moment the closed one; merged is final, and the earliest merge told counts."""
    if first == second:
        return first
    values, told_at = TOLD.merge(first, second)
    seen_at = max(first.seen_at, second.seen_at)
    opened = greatest(last_open(first), last_open(second))
    closed_at = told_at.get("closed_at", seen_at)
    if opened is not None and closed_at is not None and closed_at < opened:
        # It was reopened after that: the closing is history.
        values["closed_at"] = None
        told_at.pop("closed_at", None)
    author = values["author_identity"]
    state = max(first, second, key=state_rank).state
    if state != "open" and opened is not None:
        told_at[OPEN] = opened
    return replace(
        first,
        time=min(first.time, second.time),
        author_id=first.author_id if author == first.author_identity else second.author_id,
        state=state,
        merged_at=least(first.merged_at, second.merged_at),
        seen_at=seen_at,
        told_at=told_at,
        is_bot=first.is_bot or second.is_bot,
        **values,
    )


def state_rank(row: PullRequestRow) -> tuple[bool, datetime, bool]:
    return (row.state == "merged", row.seen_at, row.state != "open")


def last_open(row: PullRequestRow) -> datetime | None:
    return row.seen_at if row.state == "open" else row.told_at.get(OPEN)


PULL_REQUESTS = FactTable(
    PullRequestRow,
    models.PullRequest,
    ["repository_id", "pr_number"],
    merge_pull_requests,
    keys=models.PullRequestKey,
)


async def write_pull_requests(
    connection: AsyncConnection,
    pull_requests: Iterable[records.PullRequest],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
    touched: Touched,
) -> None:
    rows = (
        pull_request_row(pull_request, repositories[pull_request.repository], developers)
        for pull_request in pull_requests
    )
    changed = await PULL_REQUESTS.absorb(connection, rows)
    touched.repositories.update(change.after.repository_id for change in changed)
    touched.differences += sum(map(was_lost, changed))

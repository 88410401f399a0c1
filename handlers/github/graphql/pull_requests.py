"""Pull requests of GitHub's GraphQL, with commits, reviews and what happened; and the records they become."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.github.graphql.commits import COMMIT, PARENTS, CommitNode, commit_record
from handlers.github.graphql.parts import (
    ACTOR,
    PAGE,
    Actor,
    Names,
    Node,
    Numbered,
    Oid,
    PageInfo,
    account_of,
    person_behind,
)
from handlers.github.payloads import person_of
from handlers.payloads import Id, Number, Sha, link
from handlers.times import Time, parse_time, required_time
from storage.records import (
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Record,
    RepositoryKey,
    Review,
    ReviewRequest,
)

MOMENTS = {
    "ReadyForReviewEvent": "ready",
    "ConvertToDraftEvent": "draft",
    "ReopenedEvent": "reopened",
    "ClosedEvent": "closed",
    "MergedEvent": "merged",
    "BaseRefChangedEvent": "retargeted",
}
ASKED = {"ReviewRequestedEvent": True, "ReviewRequestRemovedEvent": False}
REVIEWER = """requestedReviewer { __typename ... on User { databaseId login } ... on Bot { databaseId login }
    ... on Mannequin { databaseId login } ... on Team { databaseId name } }"""
LISTED = f"commit {{ {COMMIT} }}"
REVIEW = f"databaseId state submittedAt updatedAt author {ACTOR}"
MOMENT = f"""__typename {" ".join(f"... on {name} {{ createdAt }}" for name in MOMENTS)}
    {" ".join(f"... on {name} {{ createdAt {REVIEWER} }}" for name in ASKED)}"""
TYPES = """itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, REOPENED_EVENT, CLOSED_EVENT, MERGED_EVENT,
    BASE_REF_CHANGED_EVENT, REVIEW_REQUESTED_EVENT, REVIEW_REQUEST_REMOVED_EVENT]"""
# Only what a graph of commits needs.
GRAPH = f"number updatedAt commits(first: 100) {{ totalCount {PAGE} nodes {{ commit {{ {PARENTS} }} }} }}"
PULL_REQUEST = f"""
    number databaseId title body url state isDraft createdAt updatedAt mergedAt closedAt
    additions deletions changedFiles baseRefName headRefName headRefOid
    author {ACTOR} headRepository {{ databaseId }} mergeCommit {{ oid }}
    labels(first: 50) {{ nodes {{ name }} }}
    commits(first: 100) {{ totalCount {PAGE} nodes {{ {LISTED} }} }}
    reviews(first: 100) {{ {PAGE} nodes {{ {REVIEW} }} }}
    timelineItems(first: 100, {TYPES}) {{ {PAGE} nodes {{ {MOMENT} }} }}
"""


class Listed(Node):
    commit: CommitNode


class Commits(Node):
    total_count: int
    page_info: PageInfo
    nodes: list[Listed]


class ReviewNode(Node):
    state: str
    database_id: Id | None = None
    submitted_at: Time = None
    updated_at: Time = None
    author: Actor | None = None


class Reviews(Node):
    page_info: PageInfo
    nodes: list[ReviewNode]


class TimelineItem(Node):
    typename: str = msgspec.field(name="__typename")
    created_at: Time = None
    requested_reviewer: Actor | None = None


class Timeline(Node):
    page_info: PageInfo
    nodes: list[TimelineItem]


class PullRequestNode(Node):
    number: Number
    state: str
    created_at: Time
    updated_at: Time
    base_ref_name: str
    head_ref_name: str
    commits: Commits
    reviews: Reviews
    timeline_items: Timeline
    database_id: Id | None = None
    title: str | None = None
    body: str | None = None
    url: str | None = None
    is_draft: bool = False
    merged_at: Time = None
    closed_at: Time = None
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    head_ref_oid: Sha | None = None
    author: Actor | None = None
    head_repository: Numbered | None = None
    merge_commit: Oid | None = None
    labels: Names | None = None


def pull_request_records(node: PullRequestNode, key: RepositoryKey) -> Iterator[Record]:
    seen_at = required_time(node.updated_at, "updatedAt")
    created_at = required_time(node.created_at, "createdAt")
    merged_at, closed_at = parse_time(node.merged_at), parse_time(node.closed_at)
    yield PullRequest(
        repository=key,
        number=node.number,
        seen_at=seen_at,
        created_at=created_at,
        state=node.state.lower(),
        merged_at=merged_at,
        closed_at=closed_at,
        draft=node.is_draft,
        author=person_behind(node.author, key, seen_at),
        title=node.title or "",
        url=link(node.url),
        body=node.body,
        base_ref=node.base_ref_name,
        head_ref=node.head_ref_name,
        head_repository=str(node.head_repository.database_id) if node.head_repository else None,
        head_sha=node.head_ref_oid,
        merge_sha=node.merge_commit.oid if node.merge_commit and merged_at else None,
        labels=tuple(label.name for label in node.labels.nodes if label.name) if node.labels else (),
        provider_id=str(node.database_id) if node.database_id is not None else None,
        lines_added=node.additions,
        lines_deleted=node.deletions,
        files_changed=node.changed_files,
        commit_count=node.commits.total_count,
    )
    yield PullRequestEvent(key, node.number, "opened", created_at)
    yield from commit_records(node.commits, node.number, key)
    yield from review_records(node.reviews, node.number, key)
    yield from timeline_records(node.timeline_items, node.number, merged_at, key)


def commit_records(commits: Commits, number: int, key: RepositoryKey) -> Iterator[Record]:
    for listed in commits.nodes:
        yield commit_record(listed.commit, key, on_default_branch=False)
        yield PullRequestCommit(key, number, listed.commit.oid, parse_time(listed.commit.authored_date))


def review_records(reviews: Reviews, number: int, key: RepositoryKey) -> Iterator[Record]:
    for review in reviews.nodes:
        submitted_at = parse_time(review.submitted_at)
        # One that is not submitted is seen by its author alone.
        if submitted_at is None or review.database_id is None:
            continue
        seen_at = max(submitted_at, parse_time(review.updated_at) or submitted_at)
        yield Review(
            repository=key,
            number=number,
            provider_key=f"review:{review.database_id}",
            kind="review",
            reviewer=person_behind(review.author, key, seen_at),
            state=review.state.lower(),
            submitted_at=submitted_at,
            seen_at=seen_at,
        )


def timeline_records(items: Timeline, number: int, merged_at: datetime | None, key: RepositoryKey) -> Iterator[Record]:
    for item in items.nodes:
        at = required_time(item.created_at, "createdAt")
        if item.typename in ASKED:
            yield from _request(item.requested_reviewer, number, at, key, requested=ASKED[item.typename])
        elif item.typename == "MergedEvent":
            yield PullRequestEvent(key, number, "merged", merged_at or at)
        # A merge closes, too; that is one moment, not two.
        elif item.typename in MOMENTS and not (item.typename == "ClosedEvent" and merged_at and at >= merged_at):
            yield PullRequestEvent(key, number, MOMENTS[item.typename], at)


def _request(
    reviewer: Actor | None, number: int, at: datetime, key: RepositoryKey, *, requested: bool
) -> Iterator[ReviewRequest]:
    account = account_of(reviewer)
    if account is not None:
        person = person_of(account, key.host, at)
        yield ReviewRequest(key, number, f"account:{account.id}", account.login, person, requested, at)
    elif reviewer is not None and reviewer.typename == "Team" and reviewer.database_id is not None:
        name = reviewer.name or f"team {reviewer.database_id}"
        yield ReviewRequest(key, number, f"team:{reviewer.database_id}", name, None, requested, at)

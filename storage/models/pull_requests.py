"""Pull requests (merge requests), what happened to them, and their reviews."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, RepositoryKey

# Only these words of a body, of which nobody knows the length, make linking read it.
SPEAKING = "body ~* 'revert|reapply|hot-?fix'"


class PullRequest(Base):
    """The newest snapshot of a pull request, and the times of its stages; a hypertable by `time` (its creation)."""

    __tablename__ = "pull_requests"

    time: Mapped[datetime] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("developers.id"), index=True)
    # open, closed, merged
    state: Mapped[str] = mapped_column(String(16))
    merged_at: Mapped[datetime | None]
    # NULL until known: GitLab's payload has none.
    lines_added: Mapped[int | None]
    lines_deleted: Mapped[int | None]
    # The provider's count, or the comments received, whichever is more.
    review_comments: Mapped[int | None]

    # Attributes of the newest snapshot, by the provider's own `updated_at`.
    seen_at: Mapped[datetime]
    # Fields that the newest snapshot left out, with the time of the one they are from: that makes "None never
    # overwrites" independent of the order of arrival.
    told_at: Mapped[dict[str, str | None]] = mapped_column(JSONB, server_default="{}")
    # The account or address that author_id stands for.
    author_identity: Mapped[str | None]
    provider_id: Mapped[str | None]
    title: Mapped[str | None]
    url: Mapped[str | None]
    draft: Mapped[bool] = mapped_column(server_default=false())
    closed_at: Mapped[datetime | None]
    base_ref: Mapped[str | None]
    head_ref: Mapped[str | None]
    # The provider's id of the repository the head is in: a fork's branches are not ours.
    head_repository: Mapped[str | None]
    head_sha: Mapped[str | None]
    merge_sha: Mapped[str | None]
    commit_count: Mapped[int | None]
    files_changed: Mapped[int | None]
    # The provider's snapshot of its own count (0 is said often before the first comment event).
    provider_review_comments: Mapped[int | None]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    body: Mapped[str | None]
    is_bot: Mapped[bool] = mapped_column(server_default=false())

    # Written by linking. Stages: coding = first commit -> ready, pickup = ready -> first review,
    # review = first review -> merge, deploy = merge -> shipped.
    first_commit_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    first_review_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    # False: it carries other pull requests' changes but has no commit of its own, so it has no stages.
    is_change: Mapped[bool] = mapped_column(server_default=false())
    # Over, and before its repository's horizon: it stands as it is, without what only linking needed.
    frozen: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index("ix_pull_requests_repository_id_time", "repository_id", "time"),
        # With all that the numbers of a window need: a team of many repositories is answered without the wide rows.
        Index(
            "ix_pull_requests_merged",
            "repository_id",
            "merged_at",
            postgresql_where="state = 'merged'",
            postgresql_include=[
                *("lines_added", "lines_deleted", "review_comments"),
                *("first_commit_at", "ready_at", "first_review_at", "shipped_at"),
                *("is_change", "is_bot", "pr_number", "time"),
            ],
        ),
        Index(
            "ix_pull_requests_closed",
            "repository_id",
            "closed_at",
            postgresql_where="state = 'closed'",
            postgresql_include=["time"],
        ),
        Index("ix_pull_requests_speaking", "repository_id", "pr_number", postgresql_where=SPEAKING),
        Index("ix_pull_requests_open", "repository_id", "time", postgresql_where="state = 'open'"),
    )


class PullRequestKey(Base):
    """Which pull requests are known, and at which time their row is. Outlives the row."""

    __tablename__ = "pull_request_keys"

    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime]


class PullRequestCommit(Base):
    """A commit that the provider lists in a pull request (webhooks tell only its head)."""

    __tablename__ = "pull_request_commits"

    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    commit_sha: Mapped[str] = mapped_column(String(64), primary_key=True)
    authored_at: Mapped[datetime | None]


class PullRequestEvent(Base):
    """A moment that decides a stage: kind is opened, ready, draft, closed, reopened, merged or retargeted."""

    __tablename__ = "pull_request_events"

    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)


class Review(Base):
    """A review, approval or comment by a person or a bot; which of them count is decided by linking."""

    __tablename__ = "reviews"

    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    # The provider's key, with its kind before it: "review:1", "comment:2", "note:3", "approval:<user>".
    provider_key: Mapped[str] = mapped_column(primary_key=True)
    reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("developers.id"), index=True)
    # The account or address that reviewer_id stands for.
    reviewer_identity: Mapped[str | None]
    # review, comment or approval
    kind: Mapped[str] = mapped_column(String(16))
    # approved, changes_requested, commented, dismissed
    state: Mapped[str | None] = mapped_column(String(32))
    submitted_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    is_bot: Mapped[bool] = mapped_column(server_default=false())
    deleted_at: Mapped[datetime | None]


class ReviewRequest(Base):
    """Who was asked to review. `reviewer` is a stable key (account:<id> or team:<id>), `name` what to show."""

    __tablename__ = "review_requests"

    repository_id: Mapped[RepositoryKey]
    pr_number: Mapped[int] = mapped_column(primary_key=True)
    reviewer: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    developer_id: Mapped[UUID | None] = mapped_column(ForeignKey("developers.id"), index=True)
    requested: Mapped[bool]
    seen_at: Mapped[datetime]

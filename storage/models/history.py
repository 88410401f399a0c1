"""Commits, and the pushes that brought them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, RepositoryKey


class Commit(Base):
    """One per (repository, SHA); a hypertable by `time` where TimescaleDB is.

    The unique key of a hypertable must contain its time column, so identity is held in `commit_keys`.
    """

    __tablename__ = "commits"

    time: Mapped[datetime] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    commit_sha: Mapped[str] = mapped_column(String(64), primary_key=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("developers.id"), index=True)
    # The account or address that author_id stands for.
    author_identity: Mapped[str | None]
    # NULL until known: a push carries no line counts.
    lines_added: Mapped[int | None]
    lines_deleted: Mapped[int | None]
    files_changed: Mapped[int | None]
    message: Mapped[str | None]
    # 'push' (an estimate) or 'api' (the author date, which replaces it).
    time_source: Mapped[str] = mapped_column(String(8))
    # Only these are counted, so that a squash-merged pull request is not counted twice.
    on_default_branch: Mapped[bool] = mapped_column(server_default=false())
    is_merge: Mapped[bool] = mapped_column(server_default=false())
    is_bot: Mapped[bool] = mapped_column(server_default=false())
    # The files that it changed (of many: their folders, "api/"); NULL: not known. They tell services apart.
    paths: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    __table_args__ = (
        Index("ix_commits_repository_id_time", "repository_id", "time"),
        Index(
            "ix_commits_counted",
            "repository_id",
            "time",
            postgresql_where="on_default_branch",
            postgresql_include=["lines_added", "lines_deleted", "is_bot", "is_merge"],
        ),
    )


class CommitKey(Base):
    """Which commits are known, and at which time their row is. Outlives the row: a late redelivery is old."""

    __tablename__ = "commit_keys"

    repository_id: Mapped[RepositoryKey]
    commit_sha: Mapped[str] = mapped_column(String(64), primary_key=True)
    time: Mapped[datetime]
    # It belongs to a change that is frozen, or was on a default branch before the repository's horizon.
    settled: Mapped[bool] = mapped_column(server_default=false())


class CarriedCommit(Base):
    """A commit older than the raw events that are kept, which something open still needs (`commits` goes by chunks)."""

    __tablename__ = "carried_commits"

    repository_id: Mapped[RepositoryKey]
    commit_sha: Mapped[str] = mapped_column(String(64), primary_key=True)
    time: Mapped[datetime]
    message: Mapped[str | None]
    on_default_branch: Mapped[bool]
    is_merge: Mapped[bool]
    is_bot: Mapped[bool]
    paths: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class Push(Base):
    """One movement of a branch or tag. The chain of `before` and `after` is the history that webhooks tell."""

    __tablename__ = "pushes"

    repository_id: Mapped[RepositoryKey]
    # Complete: refs/heads/main, refs/tags/v1.
    ref: Mapped[str] = mapped_column(primary_key=True)
    # Empty: the ref was created, or deleted (the providers send 40 zeros).
    before: Mapped[str] = mapped_column(String(64), primary_key=True, server_default="")
    after: Mapped[str] = mapped_column(String(64), primary_key=True, server_default="")
    # True: `before` is no ancestor of `after`. GitLab does not tell (False).
    forced: Mapped[bool] = mapped_column(server_default=false())
    on_default_branch: Mapped[bool] = mapped_column(server_default=false())
    # The provider's time of the push; GitLab gives none: its newest commit's. Pushes of one ref are in this order.
    time: Mapped[datetime]
    # What the push carried, oldest first; a provider cuts long lists (GitLab 20, GitHub 2,048).
    commit_shas: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # How many commits there were in truth (NULL: not told).
    total_commits: Mapped[int | None]

    __table_args__ = (Index("ix_pushes_repository_id_time", "repository_id", "time"),)

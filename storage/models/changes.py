"""What linking found out: the changes, and which deployment shipped each. Reports read these, never a graph."""

from datetime import datetime

from sqlalchemy import Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, RepositoryKey


class Change(Base):
    """A merged pull request, or a commit on the default branch that belongs to none."""

    __tablename__ = "changes"

    repository_id: Mapped[RepositoryKey]
    # pull_request or commit
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    # The pull request's number or the commit's SHA.
    key: Mapped[str] = mapped_column(primary_key=True)
    first_commit_at: Mapped[datetime]
    # When it came onto its branch: the merge, or the push.
    merged_at: Mapped[datetime]
    is_bot: Mapped[bool] = mapped_column(server_default=false())
    # revert, hotfix, incident_fix, or NULL for planned work.
    unplanned_kind: Mapped[str | None] = mapped_column(String(16))
    # How many commits, authored over 90 days before the pull request, were left out.
    old_commits_left_out: Mapped[int] = mapped_column(server_default="0")
    title: Mapped[str | None]
    url: Mapped[str | None]

    __table_args__ = (Index("ix_changes_merged_at", "repository_id", "merged_at"),)


class ShippedChange(Base):
    """A change's earliest production deployment, per service."""

    __tablename__ = "shipped_changes"

    repository_id: Mapped[RepositoryKey]
    service: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    deployment_key: Mapped[str]
    shipped_at: Mapped[datetime]
    first_commit_at: Mapped[datetime]
    # shipped_at - first_commit_at in seconds; NULL when left out of the lead time.
    lead_time_seconds: Mapped[float | None]
    # bot, negative (merge SHA in a deployment that finished before the merge), or NULL: it counts.
    left_out: Mapped[str | None] = mapped_column(String(16))
    # True: known from the order of merges, not from pushes or a compare.
    estimated: Mapped[bool] = mapped_column(server_default=false())
    # True for the earliest over the repository's services: without a service filter a change counts once.
    earliest: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index(
            "ix_shipped_changes_shipped_at",
            "repository_id",
            "shipped_at",
            postgresql_include=["lead_time_seconds", "kind", "left_out", "earliest"],
        ),
    )


class TouchedService(Base):
    """A service whose files a merged pull request or a commit on the default branch changed; '' for none of them.

    Only where services are told apart by files, and of what these are known.
    """

    __tablename__ = "touched_services"

    repository_id: Mapped[RepositoryKey]
    # pull_request or commit
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    # The pull request's number or the commit's SHA.
    key: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    # The merge, or when the commit was written: by this it stands, and goes.
    at: Mapped[datetime]


class LinkNote(Base):
    """What linking left out or had to assume, for the data-quality line: one row per kind and subject."""

    __tablename__ = "link_notes"

    repository_id: Mapped[RepositoryKey]
    # imported_history, canceled, incident_without_deployment, ...
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]

    __table_args__ = (Index("ix_link_notes_at", "repository_id", "at"),)


class LinksDue(Base):
    """A repository whose links are older than its facts: while deliveries wait, many batches are linked at once."""

    __tablename__ = "links_due"

    repository_id: Mapped[RepositoryKey]

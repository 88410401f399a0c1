"""What providers' APIs are asked: single questions, whole histories, and regular runs. Progress is kept here only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, RepositoryKey


class EnrichmentRequest(Base):
    """What only a provider's API can answer (line counts, a compare): asked by handlers, fetched in batches."""

    __tablename__ = "enrichment_requests"

    repository_id: Mapped[RepositoryKey]
    # commit, push, compare, pull_request, files, tag
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    requested_at: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Not before this moment: back-off, or the end of the lease of whoever asks it now.
    next_attempt_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # After the last attempt, or when the provider said that it will never answer.
    given_up_at: Mapped[datetime | None]
    # Why the last attempt had no answer, for the administrator.
    reason: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        Index(
            "ix_enrichment_requests_due",
            "requested_at",
            postgresql_where="answered_at IS NULL AND given_up_at IS NULL",
        ),
    )


class HistoryReading(Base):
    """A repository's history, read step by step; the cursor is written with the records of its step."""

    __tablename__ = "history_readings"

    repository_id: Mapped[RepositoryKey]
    # backfill (its past, once), chosen (what a setting made count since), catch_up or repair (the last days, compared
    # with what webhooks told)
    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    # NULL: as far back as a backfill goes, counted from its first step.
    since: Mapped[datetime | None]
    requested_at: Mapped[CreatedAt]
    # Where the next step begins; the provider's own words. NULL: at the beginning.
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # What it reads now, for people: "commits".
    part: Mapped[str | None]
    # waiting, done or failed
    state: Mapped[str] = mapped_column(String(16), server_default="waiting")
    steps: Mapped[int] = mapped_column(server_default="0")
    records: Mapped[int] = mapped_column(server_default="0")
    # Rows of pull requests and deployments that webhooks had not told as the provider has them.
    differences: Mapped[int] = mapped_column(server_default="0")
    # What the provider told in a way that cannot be read: how much, and why the last of it.
    left_out: Mapped[int] = mapped_column(server_default="0")
    left_out_reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[CreatedAt]
    # Who carries out the step in hand; whoever lost it writes nothing.
    claim: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    __table_args__ = (Index("ix_history_readings_due", "next_attempt_at", postgresql_where="state = 'waiting'"),)


class ProviderRun(Base):
    """A regular job for one provider's API: when it last began and succeeded. One process at a time does it."""

    __tablename__ = "provider_runs"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    # deliveries, teams or repair
    job: Mapped[str] = mapped_column(String(16), primary_key=True)
    # When the last run that succeeded began: the next one catches up from there.
    succeeded_at: Mapped[datetime | None]
    # Not before this moment: the next time, back-off, or the end of the lease of whoever does it now.
    next_attempt_at: Mapped[CreatedAt]
    claim: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    # What the last run did, and why the last attempt did not succeed; for the administrator.
    outcome: Mapped[str | None]
    reason: Mapped[str | None]


class Redelivery(Base):
    """A delivery that the provider was asked to send again, and how often."""

    __tablename__ = "redeliveries"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    delivery_key: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    asked_at: Mapped[CreatedAt]

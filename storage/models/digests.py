"""Who gets a weekly digest, and what came of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id


class DigestSubscription(Base):
    """A weekly digest of one team in one channel, at a local hour."""

    __tablename__ = "digest_subscriptions"

    id: Mapped[Id]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    channel_id: Mapped[str]
    # ISO weekday (1 = Monday) and local wall-clock time "HH:MM" in an IANA zone.
    weekday: Mapped[int]
    local_time: Mapped[str] = mapped_column(String(5))
    timezone: Mapped[str]
    # Slack's id of the person who is told when a digest cannot be sent.
    created_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    # Nothing was due before: made, given another hour, or resumed at this moment.
    active_since: Mapped[datetime] = mapped_column(server_default=func.now())
    paused_at: Mapped[datetime | None]
    # Slack's word for why it was paused (is_archived ...); NULL: a person paused it.
    pause_reason: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        # A team's digest comes once into a channel; subscribing again changes the hour.
        Index(
            "ix_digest_subscriptions_channel",
            "channel_id",
            "team_id",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )


class DigestRun(Base):
    """That a message was due, and what came of it. The unique row, not the scheduler, guarantees once."""

    __tablename__ = "digest_runs"

    id: Mapped[Id]
    # One of these two.
    subscription_id: Mapped[UUID | None] = mapped_column(ForeignKey("digest_subscriptions.id"))
    alert_id: Mapped[UUID | None] = mapped_column(ForeignKey("alerts.id"))
    scheduled_for: Mapped[datetime]
    # digest; details: the thread below it, due from the moment at which the digest was sent; alert.
    kind: Mapped[str] = mapped_column(String(16), server_default="digest")
    # claimed, posting, sent, skipped, failed, unknown
    state: Mapped[str] = mapped_column(String(16))
    # The one process that may go on with it, until then by the database's clock; after that anybody may take it over.
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    posting_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    message_ts: Mapped[str | None]
    reason: Mapped[str | None]
    # The subscription's owner is still to be told the reason.
    tell_owner: Mapped[bool] = mapped_column(server_default=false())
    # What it showed of its week.
    numbers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        UniqueConstraint("subscription_id", "scheduled_for", "kind"),
        UniqueConstraint("alert_id", "scheduled_for"),
        CheckConstraint("(subscription_id IS NULL) <> (alert_id IS NULL)", name="of_one"),
        Index("ix_digest_runs_unfinished", "claimed_until", postgresql_where="claimed_until IS NOT NULL"),
        Index("ix_digest_runs_to_tell", "id", postgresql_where="tell_owner"),
    )

"""Limits that teams set for their numbers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id


class Alert(Base):
    """A channel is told when a team's number crosses a limit: once, and again only after it was back."""

    __tablename__ = "alerts"

    id: Mapped[Id]
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    channel_id: Mapped[str]
    # As in reports/alerts.py.
    metric: Mapped[str] = mapped_column(String(32))
    # A ratio of 1, or seconds.
    above: Mapped[float]
    # Slack's id of the person who is told when the channel cannot be.
    created_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    # NULL: it is not above the limit.
    crossed_since: Mapped[datetime | None]
    # Whoever read the number earlier than this may not change what is known.
    checked_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    # Slack's word for why it was paused (is_archived ...).
    pause_reason: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        # A number has one limit in a channel; setting it again changes it.
        Index(
            "ix_alerts_channel", "channel_id", "team_id", "metric", unique=True, postgresql_where="deleted_at IS NULL"
        ),
    )

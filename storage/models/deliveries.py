"""The durable queue of webhook deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, OrganizationId


class WebhookDelivery(Base):
    """A verified delivery, as it came. State: pending, done, ignored or failed."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[OrganizationId]
    provider: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider_connections.id"))
    # GitHub: X-GitHub-Delivery; GitLab: Idempotency-Key, before 17.4 a hash of event and body.
    delivery_key: Mapped[str]
    event: Mapped[str]
    received_at: Mapped[CreatedAt]
    # zstd
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    # It goes as soon as it is processed: somebody whom it names was forgotten.
    drop_body: Mapped[bool] = mapped_column(server_default=false())
    state: Mapped[str] = mapped_column(String(16), server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Not before this moment (back-off).
    next_attempt_at: Mapped[CreatedAt]
    processed_at: Mapped[datetime | None]
    # Why it failed or was ignored, for the administrator.
    reason: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_webhook_deliveries_key",
            "organization_id",
            "provider",
            "connection_id",
            "delivery_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_webhook_deliveries_pending", "next_attempt_at", "id", postgresql_where="state = 'pending'"),
        Index("ix_webhook_deliveries_state", "state", "id"),
    )

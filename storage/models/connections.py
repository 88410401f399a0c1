"""How the outside is reached: provider connections, installations, tokens; and who did what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, String, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id, OrganizationId


class ProviderConnection(Base):
    """A second GitLab (or GitHub Enterprise Server): own host, own secrets, own /webhooks/gitlab/{id}."""

    __tablename__ = "provider_connections"

    id: Mapped[Id]
    organization_id: Mapped[OrganizationId]
    provider: Mapped[str] = mapped_column(String(32))
    host: Mapped[str]
    name: Mapped[str]
    # Encrypted with SECRET_KEY (Fernet): a JSON object of webhook secret, tokens, keys.
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        # Two that are made at once have not one name; that of a removed one is free again.
        Index(
            "ix_provider_connections_name",
            "organization_id",
            "provider",
            "host",
            "name",
            unique=True,
            postgresql_where="deleted_at IS NULL",
        ),
    )


class Installation(Base):
    """The GitHub App on one account."""

    __tablename__ = "installations"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str | None]
    suspended: Mapped[bool] = mapped_column(server_default=false())
    # The provider's time of the newest snapshot.
    seen_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ApiToken(Base):
    """A token for the JSON API, of one organization. Only its SHA-256 is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[CreatedAt]
    # To the hour: not every request writes.
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditLog(Base):
    __tablename__ = "audit_logs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[OrganizationId]
    at: Mapped[CreatedAt] = mapped_column(index=True)
    # "cli:<login name>", "slack:<user id>", "api:<token name>"
    actor: Mapped[str]
    # "team.add", "team.add_repository" ...
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

"""People: one developer joins e-mail addresses and accounts, by evidence only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id


class Developer(Base):
    __tablename__ = "developers"

    id: Mapped[Id]
    # Unknown (NULL) when the provider hides it: GitLab sends "[REDACTED]", GitHub a noreply address.
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    name: Mapped[str | None] = mapped_column(String(255))
    github_username: Mapped[str | None] = mapped_column(String(255), index=True)
    gitlab_username: Mapped[str | None] = mapped_column(String(255), index=True)
    bitbucket_username: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[CreatedAt]
    is_bot: Mapped[bool] = mapped_column(server_default=false())
    deleted_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_developers_bitbucket", "bitbucket_username"),)


class DevelopersApart(Base):
    """Two whom a person told apart, both ways round: what shows them together joins them no more."""

    __tablename__ = "developers_apart"

    developer_id: Mapped[UUID] = mapped_column(ForeignKey("developers.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("developers.id"), primary_key=True, index=True)


class DeveloperIdentity(Base):
    """One account or e-mail address of a developer; names seen on it, the newest kept.

    `kind` is 'account' (value: the provider's user id, on that provider and host) or 'email' (value: the
    lower-cased address, provider and host empty).
    """

    __tablename__ = "developer_identities"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    developer_id: Mapped[UUID] = mapped_column(ForeignKey("developers.id"), index=True)
    username: Mapped[str | None]
    name: Mapped[str | None]
    is_bot: Mapped[bool] = mapped_column(server_default=false())
    # The provider's time of the event that carried the names (NULL: it had none).
    seen_at: Mapped[datetime | None]
    # Fields that the newest snapshot left out, with the time of the one they are from: that makes "None never
    # overwrites" independent of the order of arrival.
    told_at: Mapped[dict[str, str | None]] = mapped_column(JSONB, server_default="{}")


class ForgottenIdentity(Base):
    """An account or address that a person asked to forget: whatever shows it is of nobody known."""

    __tablename__ = "forgotten_identities"

    # SHA-256 of the identity as facts keep it.
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    # The only identity that is left of the person: an account without a name.
    token: Mapped[str]

"""Organizations, their teams, and what a team owns."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id, OrganizationId


class Organization(Base):
    __tablename__ = "organizations"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(255))
    slug: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    # The zone of days and weeks for repositories, and for teams that set none (IANA name).
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    deleted_at: Mapped[datetime | None]


class Team(Base):
    __tablename__ = "teams"

    id: Mapped[Id]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str] = mapped_column(String(255))
    slug: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[CreatedAt]
    # Where the team comes from when a provider has it too (all NULL: made by hand here).
    provider: Mapped[str | None] = mapped_column(String(32))
    host: Mapped[str | None]
    provider_id: Mapped[str | None]
    # 'person' or 'provider': a team made by hand keeps its name and stays, whatever the provider says.
    added_by: Mapped[str] = mapped_column(String(16), server_default="provider")
    deleted_at: Mapped[datetime | None]
    # Who removed it by hand (as in audit_logs); NULL when its provider did. Adding it by hand brings it back.
    removed_by: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("organization_id", "slug"),
        Index(
            "ix_teams_provider_key",
            "organization_id",
            "provider",
            "host",
            "provider_id",
            unique=True,
            postgresql_where="provider_id IS NOT NULL",
        ),
    )


class TeamMember(Base):
    __tablename__ = "team_members"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    developer_id: Mapped[UUID] = mapped_column(ForeignKey("developers.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(64), server_default="member")
    joined_at: Mapped[CreatedAt]
    # 'person' or 'provider': what a person edited by hand wins over synchronization.
    added_by: Mapped[str] = mapped_column(String(16), server_default="provider")


class TeamRepository(Base):
    """A repository that a team owns: its numbers are the team's numbers."""

    __tablename__ = "team_repositories"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id"), primary_key=True, index=True)
    added_by: Mapped[str] = mapped_column(String(16), server_default="provider")
    created_at: Mapped[CreatedAt]


class RemovedMember(Base):
    """Somebody whom a person took out of a team: no event and no synchronization brings them back."""

    __tablename__ = "removed_team_members"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    developer_id: Mapped[UUID] = mapped_column(ForeignKey("developers.id"), primary_key=True, index=True)
    removed_at: Mapped[CreatedAt]
    # As in audit_logs.
    removed_by: Mapped[str]


class RemovedRepository(Base):
    """A repository that a person took from a team: no event and no synchronization gives it back."""

    __tablename__ = "removed_team_repositories"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id"), primary_key=True, index=True)
    removed_at: Mapped[CreatedAt]
    removed_by: Mapped[str]


class TeamService(Base):
    """A service of a shared repository that a team owns."""

    __tablename__ = "team_services"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id"), primary_key=True, index=True)
    service: Mapped[str] = mapped_column(primary_key=True)


class TeamSettings(Base):
    __tablename__ = "team_settings"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    timezone: Mapped[str | None]


class LastWord(Base):
    """When something was received last of what has no time of its own (a membership, a team's repository, what an
    installation may see): then what came before changes nothing, whatever the order of processing."""

    __tablename__ = "last_words"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    # A digest: it names people.
    subject: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]

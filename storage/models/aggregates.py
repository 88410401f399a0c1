"""The aggregates of the data model, as tables: true on plain PostgreSQL, refreshed for the buckets a batch touched.

Where TimescaleDB's community edition is, continuous aggregates of the same names and columns take their place.
"""

from datetime import date

from sqlalchemy import Float, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, RepositoryKey


class DailyCommitStats(Base):
    """Commits on the default branch per UTC day. Sums are NULL while no line count of the day is known."""

    __tablename__ = "daily_commit_stats"

    day: Mapped[date] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    commit_count: Mapped[int]
    total_lines_added: Mapped[int | None]
    total_lines_deleted: Mapped[int | None]

    __table_args__ = (Index("ix_daily_commit_stats_repository_id_day", "repository_id", "day"),)


class WeeklyDoraMetrics(Base):
    """Finished production deployments per UTC week (Monday), by `deployments.time`."""

    __tablename__ = "weekly_dora_metrics"

    week: Mapped[date] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    deployment_count: Mapped[int]
    # Seconds; NULL when no duration is known.
    avg_duration: Mapped[float | None] = mapped_column(Float)
    failed_count: Mapped[int]

    __table_args__ = (Index("ix_weekly_dora_metrics_repository_id_week", "repository_id", "week"),)


class MonthlyCommitStats(Base):
    """The days of a UTC month together; kept for ever."""

    __tablename__ = "monthly_commit_stats"

    month: Mapped[date] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    commit_count: Mapped[int]
    total_lines_added: Mapped[int | None]
    total_lines_deleted: Mapped[int | None]

    __table_args__ = (Index("ix_monthly_commit_stats_repository_id_month", "repository_id", "month"),)


class MonthlyDoraMetrics(Base):
    """Finished production deployments per UTC month, by `deployments.time`; kept for ever."""

    __tablename__ = "monthly_dora_metrics"

    month: Mapped[date] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    deployment_count: Mapped[int]
    # Seconds; NULL when no duration is known.
    avg_duration: Mapped[float | None] = mapped_column(Float)
    failed_count: Mapped[int]

    __table_args__ = (Index("ix_monthly_dora_metrics_repository_id_month", "repository_id", "month"),)

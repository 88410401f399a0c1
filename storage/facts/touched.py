"""What a batch changed, for those who derive something from it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID


def day_of(moment: datetime) -> date:
    """The UTC day."""
    return moment.astimezone(UTC).date()


def week_of(moment: datetime) -> date:
    """The Monday of the UTC week."""
    day = day_of(moment)
    return day - timedelta(days=day.weekday())


@dataclass
class Touched:
    """Repositories whose links may differ now, and the buckets of the aggregates: UTC days and UTC weeks (Monday)."""

    repositories: set[UUID] = field(default_factory=set)
    commit_days: set[tuple[UUID, date]] = field(default_factory=set)
    deployment_weeks: set[tuple[UUID, date]] = field(default_factory=set)
    # Rows of pull requests and deployments that were new or different.
    differences: int = 0

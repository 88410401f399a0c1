"""How long each kind of thing is kept, in days."""

from dataclasses import dataclass

# A repository that is new here tells its history first, and an old one may be told by day and night: until it is there
# nothing of it is over.
NEW_DAYS = 1
# Commits written longer before their pull request do not count (docs/metrics.md): nothing shorter gives true numbers.
LEAST_RAW_DAYS = 90
# Providers are asked again for deliveries of the last three days; what failed again is of the day it was asked for.
ASKED_AGAIN_DAYS = 7


@dataclass(frozen=True)
class Periods:
    # Commits, pushes, reviews and what else only linking needs; and the days from which facts are frozen.
    raw_days: int = 90
    # Changes, deployments and pull requests one by one; aggregates by day.
    daily_days: int = 731
    weekly_days: int = 1827
    # After a repository, team or person was deleted.
    deleted_days: int = 365
    # Who did what, and what came of each digest and each crossing of a limit.
    audit_days: int = 1096
    # Bodies of deliveries, after they were processed; and at most so much of them together.
    body_days: int = 7
    body_megabytes: int = 1024

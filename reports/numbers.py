"""All metrics, by name, and their numbers for some windows: one query per metric."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence, Items
from reports.metrics import (
    change_failure_rate,
    commits,
    deployment_frequency,
    lead_time,
    pull_requests,
    recovery_time,
    rework_rate,
)
from reports.report import (
    ChangeFailureRate,
    Commits,
    DeploymentFrequency,
    Durations,
    LeadTime,
    Numbers,
    PullRequests,
    RecoveryTime,
    ReworkRate,
    Stages,
    Window,
)
from reports.sources import Sources


class Metric(Protocol):
    """What a module of reports/metrics has."""

    # In words, for whoever asks what the number means, and where the definition comes from.
    DEFINITION: str
    SOURCE: str
    # What was counted, one by one.
    ITEMS: Items

    async def read(self, connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> Sequence[Any]:
        """The numbers of each window."""

    async def evidence(
        self, connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
    ) -> list[Evidence]:
        """The first of `ITEMS`, as a person reads them."""


# By the names of the fields of `Numbers`.
METRICS: Mapping[str, Metric] = {
    "deployment_frequency": deployment_frequency,
    "lead_time": lead_time,
    "change_failure_rate": change_failure_rate,
    "recovery_time": recovery_time,
    "rework_rate": rework_rate,
    "pull_requests": pull_requests,
    "commits": commits,
}

_NONE = Durations(None, None, 0)
# Before anything was tracked.
NO_NUMBERS = Numbers(
    deployment_frequency=DeploymentFrequency(0, 0, None),
    lead_time=LeadTime(None, None, 0, 0, 0),
    change_failure_rate=ChangeFailureRate(0, 0, None),
    recovery_time=RecoveryTime(None, None, 0, 0),
    rework_rate=ReworkRate(0, 0, None),
    pull_requests=PullRequests(0, 0, 0, 0, None, None, 0, _NONE, Stages(_NONE, _NONE, _NONE, _NONE)),
    commits=Commits(0, None, None, 0),
)


async def read_numbers(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[Numbers]:
    """In the order of the windows."""
    every = {name: await metric.read(connection, sources, windows) for name, metric in METRICS.items()}
    return [Numbers(**{name: values[place] for name, values in every.items()}) for place in range(len(windows))]

"""All numbers of some windows, one query per metric."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

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
    metrics = (
        deployment_frequency,
        lead_time,
        change_failure_rate,
        recovery_time,
        rework_rate,
        pull_requests,
        commits,
    )
    every = [await metric.read(connection, sources, windows) for metric in metrics]
    return [Numbers(*values) for values in zip(*every, strict=True)]

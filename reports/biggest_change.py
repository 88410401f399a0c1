"""What changed most, and what most of that change comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.by_repository import count_by_repository
from reports.evidence import Evidence
from reports.metrics import lead_time, recovery_time, rework_rate
from reports.metrics.pull_requests import STAGES
from reports.report import Durations, LeadTime, Numbers, RecoveryTime, Window
from reports.sources import Sources

# With fewer facts on either side a change says nothing.
FEWEST = 5
# Changes of different kinds are made comparable: half as much again weighs as much as ten points of a rate.
NOTABLE_RATIO, NOTABLE_POINTS = 1.5, 0.10
EXAMPLES = 2
# What of each repository's deployments a metric counts.
COUNTED = {"deployment_frequency": "deployments", "change_failure_rate": "failed", "rework_rate": "unplanned"}


@dataclass(frozen=True, slots=True)
class Part:
    """A stage (median seconds) or a repository (deployments a week) that most of the change comes from."""

    name: str
    now: float
    before: float


@dataclass(frozen=True, slots=True)
class BiggestChange:
    # A field of `Numbers`.
    metric: str
    grew: bool
    part: Part | None = None
    # The changes or deployments that weigh most.
    examples: tuple[Evidence, ...] = ()


def biggest_change(now: Numbers, before: Numbers, weeks_before: int) -> BiggestChange | None:
    """None when nothing changed notably, or there is too little to tell."""
    sizes = dict(_sizes(now, before, weeks_before))
    if not sizes:
        return None
    metric = max(sizes, key=lambda name: abs(sizes[name]))
    return BiggestChange(metric, grew=sizes[metric] > 0) if abs(sizes[metric]) >= 1 else None


def _sizes(now: Numbers, before: Numbers, weeks_before: int) -> Iterator[tuple[str, float]]:
    """Signed; 1 is notable."""
    deployments = now.deployment_frequency.deployments
    earlier = before.deployment_frequency.deployments
    if min(deployments, earlier) >= FEWEST:
        yield "deployment_frequency", _ratio(deployments, earlier / weeks_before)
        rates = {
            "change_failure_rate": (now.change_failure_rate.ratio, before.change_failure_rate.ratio),
            "rework_rate": (now.rework_rate.ratio, before.rework_rate.ratio),
        }
        for name, (ratio, ratio_before) in rates.items():
            if ratio is not None and ratio_before is not None:
                yield name, (ratio - ratio_before) / NOTABLE_POINTS
    durations: dict[str, tuple[LeadTime | RecoveryTime, LeadTime | RecoveryTime]] = {
        "lead_time": (now.lead_time, before.lead_time),
        "recovery_time": (now.recovery_time, before.recovery_time),
    }
    for name, (one, other) in durations.items():
        if min(one.n, other.n) >= FEWEST and one.p50_seconds and other.p50_seconds:
            yield name, _ratio(one.p50_seconds, other.p50_seconds)


def _ratio(now: float, before: float) -> float:
    return log(now / before) / log(NOTABLE_RATIO)


async def explain_change(
    connection: AsyncConnection,
    sources: Sources,
    windows: tuple[Window, Window],
    numbers: tuple[Numbers, Numbers],
    weeks_before: int,
) -> BiggestChange | None:
    """`windows` and `numbers`: of the week, and of the `weeks_before` that it is compared with."""
    change = biggest_change(*numbers, weeks_before)
    if change is None:
        return None
    part: Part | None = None
    examples: list[Evidence] = []
    if change.metric in COUNTED:
        counts = await count_by_repository(connection, sources, windows)
        what = COUNTED[change.metric]
        parts = [
            Part(
                path,
                *(
                    count.get(path, {}).get(what, 0) / weeks
                    for count, weeks in zip(counts, (1, weeks_before), strict=True)
                ),
            )
            for path in sorted({*counts[0], *counts[1]})
        ]
        # With one repository it is no news where the change comes from.
        part = _most(parts, grew=change.grew) if len(parts) > 1 else None
    if change.metric == "lead_time":
        part = _most(list(_stages(*numbers)), grew=change.grew)
        if change.grew:
            examples = await lead_time.evidence(connection, sources, windows[0], EXAMPLES)
    elif change.metric == "recovery_time" and change.grew:
        recoveries = await recovery_time.evidence(connection, sources, windows[0])
        examples = [one for one in recoveries if one.seconds is not None][:1]
    elif change.metric == "rework_rate" and change.grew:
        deployments = await rework_rate.evidence(connection, sources, windows[0], EXAMPLES)
        examples = [one for one in deployments if one.counted_as != rework_rate.PLANNED]
    return BiggestChange(change.metric, change.grew, part, tuple(examples))


def _stages(now: Numbers, before: Numbers) -> Iterator[Part]:
    for stage in STAGES:
        one: Durations = getattr(now.pull_requests.stages, stage)
        other: Durations = getattr(before.pull_requests.stages, stage)
        if min(one.n, other.n) >= FEWEST and one.p50_seconds is not None and other.p50_seconds is not None:
            yield Part(stage, one.p50_seconds, other.p50_seconds)


def _most(parts: list[Part], *, grew: bool) -> Part | None:
    """The part that changed most in the direction of the whole."""
    sign = 1 if grew else -1
    best = max(parts, key=lambda part: sign * (part.now - part.before), default=None)
    return best if best is not None and sign * (best.now - best.before) > 0 else None

"""The API's report over a window, from second counts of one repository or of many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.stories.numbers import STAGES, durations, rate
from tests.stories.second_count import Count


def report(counts: Sequence[Count], start: datetime, end: datetime) -> dict[str, Any]:
    """Of [start, end)."""

    def inside(at: datetime | None) -> bool:
        return at is not None and start <= at < end

    deployments = [one for count in counts for one in count.deployments.values()]
    finished = [one for one in deployments if inside(one.finished_at)]
    failed = sum(one.failed for one in finished)
    shipped = [
        (change, (at - count.first_commits[change]).total_seconds())
        for count in counts
        for change, (at, _) in count.shipments.items()
        if inside(at) and not count.is_bot(change)
    ]
    streaks = [one for one in deployments if one.failed and one.counts_recovery and one.showed_at is not None]
    over = [
        (one.over_at - one.showed_at).total_seconds()
        for one in streaks
        if one.over_at is not None and one.showed_at is not None and inside(one.over_at)
    ]
    still = [
        one
        for one in streaks
        if one.showed_at is not None and one.showed_at < end and (one.over_at is None or one.over_at >= end)
    ]
    pull_requests = sum(change.startswith("#") for change, _ in shipped)
    return {
        "deployment_frequency": {"deployments": len(finished), "succeeded": len(finished) - failed},
        "change_failure_rate": rate("failed", failed, len(finished)),
        "rework_rate": rate("unplanned", sum(one.unplanned for one in finished), len(finished)),
        "recovery_time": {**durations(over), "open": len(still)},
        "lead_time": {
            **durations([seconds for _, seconds in shipped]),
            "n_pull_requests": pull_requests,
            "n_commits": len(shipped) - pull_requests,
        },
        "pull_requests": of_pull_requests(counts, start, end),
    }


def of_pull_requests(counts: Sequence[Count], start: datetime, end: datetime) -> dict[str, Any]:
    every = [pr for count in counts for pr in count.pull_requests.values()]
    told = [
        count.stages(pr)
        for count in counts
        for pr in count.pull_requests.values()
        if pr.merged_at is not None and start <= pr.merged_at < end and not pr.bot
    ]
    return {
        "opened": sum(start <= pr.created_at < end for pr in every),
        "merged": sum(pr.merged_at is not None and start <= pr.merged_at < end for pr in every),
        "closed_unmerged": sum(pr.closed_at is not None and start <= pr.closed_at < end for pr in every),
        "open": sum(
            pr.created_at < end
            and (pr.merged_at is None or pr.merged_at >= end)
            and (pr.closed_at is None or pr.closed_at >= end)
            for pr in every
        ),
        "cycle_time": durations([sum(one[name] for name in STAGES[:3] if name in one) for one in told]),
        "stages": {name: durations([one[name] for one in told if name in one]) for name in STAGES},
    }

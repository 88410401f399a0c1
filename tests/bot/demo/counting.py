"""Counts the company's script by itself: plain Python over the plain facts, without payloads, tables or SQL.

Times are compared in UTC; a window is half-open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from bot.demo.company.people import Repository
from bot.demo.company.script import Commit, Deployment, PullRequest, Story

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Count:
    """What a team's report over the window has to say. Seconds are medians."""

    deployments: int
    failed: int
    unplanned: int
    recoveries: int
    recovery_seconds: float | None
    opened: int
    merged: int
    closed_unmerged: int
    open: int
    changes: int
    lead_time_seconds: float | None
    cycle_time_seconds: float | None
    coding_seconds: float | None
    pickup_seconds: float | None
    review_seconds: float | None
    deploy_seconds: float | None


def count_team(story: Story, team: str, start: datetime, end: datetime) -> Count:
    """Count one team's repositories over [start, end). Bots' pull requests have no lead time and no stages."""
    everything = [it for it in story.pull_requests if it.repository.team == team and it.created_at < story.end]
    merged = [it for it in everything if it.merged_at is not None and start <= it.merged_at < min(end, story.end)]
    by_people = [it for it in merged if not it.author.bot]
    closed = [it.closed_at for it in everything if it.merged_at is None and it.closed_at is not None]
    now = min(end, story.end)
    production = [
        it
        for it in story.deployments
        if it.repository.team == team and it.environment == "production" and it.finished_at < story.end
    ]
    deployments = [it for it in production if start <= it.finished_at < end]
    repositories = {it.repository.path: it.repository for it in production}
    shipped = [shipment for repository in repositories.values() for shipment in shipments(story, repository)]
    lead_times = [seconds(began(change), at) for at, change in shipped if start <= at < now]
    # Of those merged in the window, also when they shipped after it.
    shipped_at = {
        (change.repository.path, change.number): at
        for at, change in shipped
        if isinstance(change, PullRequest) and at < story.end
    }
    recoveries = [
        seconds(begin, over)
        for repository in repositories.values()
        for begin, over in recovered(story, [it for it in production if it.repository is repository])
        if start <= over < end
    ]
    repairs = {it.merge_sha for it in everything if it.branch.startswith(("hotfix/", "revert-"))}
    return Count(
        deployments=len(deployments),
        failed=sum(it.fate != "succeeded" for it in deployments),
        unplanned=sum(it.rollback or it.sha in repairs for it in deployments),
        recoveries=len(recoveries),
        recovery_seconds=middle(recoveries),
        opened=sum(start <= it.created_at < end for it in everything),
        merged=len(merged),
        closed_unmerged=sum(start <= at < now for at in closed),
        open=sum(it.created_at < now and (it.ended_at is None or it.ended_at >= now) for it in everything),
        changes=len(lead_times),
        lead_time_seconds=middle(lead_times),
        cycle_time_seconds=middle(seconds(it.first_commit_at, it.merged_at) for it in by_people if it.merged_at),
        coding_seconds=middle(seconds(it.first_commit_at, ready(it)) for it in by_people),
        pickup_seconds=middle(seconds(ready(it), first_review(it) or it.merged_at) for it in by_people),
        review_seconds=middle(seconds(at, it.merged_at) for it in by_people if (at := first_review(it))),
        deploy_seconds=middle(
            seconds(it.merged_at, at)
            for it in by_people
            if it.merged_at and (at := shipped_at.get((it.repository.path, it.number)))
        ),
    )


def seconds(begin: datetime, end: datetime | None) -> float:
    assert end is not None
    return (end - begin).total_seconds()


def middle(values: Iterable[float]) -> float | None:
    listed = list(values)
    return median(listed) if listed else None


def ready(pull_request: PullRequest) -> datetime:
    return pull_request.ready_at or pull_request.created_at


def first_review(pull_request: PullRequest) -> datetime | None:
    return min((it.at for it in pull_request.reviews if not it.reviewer.bot), default=None)


def recovered(story: Story, runs: list[Deployment]) -> list[tuple[datetime, datetime]]:
    """(showed, over) of one repository's failures: the next deployment repairs each, as the success after a failed
    status, the version before, or the revert."""
    return [(showed(story, run), after.finished_at) for run, after in pairwise(runs) if run.fate != "succeeded"]


def showed(story: Story, run: Deployment) -> datetime:
    """A deployment that looked well until people reported it failed when they did."""
    if run.fate == "failed":
        return run.finished_at
    opened = [it.opened_at for it in story.incidents if it.repository is run.repository]
    return min((at for at in opened if run.finished_at <= at <= run.finished_at + 72 * HOUR), default=run.finished_at)


def shipments(story: Story, repository: Repository) -> list[tuple[datetime, PullRequest | Commit]]:
    """(shipped at, change) of every change: each goes out with the first success that is not behind it."""
    pushes = [push for push in story.main_pushes if push.repository is repository]
    order = {push.after: place for place, push in enumerate(pushes)}
    shipped: list[tuple[datetime, PullRequest | Commit]] = []
    done = 0
    for run in story.deployments:
        if run.repository is not repository or run.environment != "production" or run.status != "success":
            continue
        reach = order[run.sha] + 1
        for push in pushes[done:reach]:
            change = push.pull_request
            if change is None:
                shipped.append((run.finished_at, push.commits[0]))
            elif not change.author.bot:
                shipped.append((run.finished_at, change))
        done = max(done, reach)
    return shipped


def began(change: PullRequest | Commit) -> datetime:
    return change.first_commit_at if isinstance(change, PullRequest) else change.authored_at

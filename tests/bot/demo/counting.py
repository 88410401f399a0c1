"""Counts the company's script by itself: plain Python over the plain facts, without payloads, tables or SQL.

Times are compared in UTC; a window is half-open.
"""

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.demo.company.people import Repository
from bot.demo.company.script import Deployment, PullRequest, Story


@dataclass(frozen=True)
class Count:
    """What a team's report over the window has to say."""

    deployments: int
    failed: int
    rollbacks_and_repairs: int
    opened: int
    merged: int
    closed_unmerged: int
    open: int
    changes: int
    lead_time_p50_seconds: float | None
    cycle_time_p50_seconds: float | None


def count_team(story: Story, team: str, start: datetime, end: datetime) -> Count:
    """Count one team's repositories over [start, end). Bots' pull requests are left out, their deployments are not."""
    end = min(end, story.end)
    pull_requests = [it for it in story.pull_requests if it.repository.team == team and not it.author.bot]
    deployments = [
        it
        for it in story.deployments
        if it.repository.team == team and it.environment == "production" and start <= it.finished_at < end
    ]
    merged = [it for it in pull_requests if it.merged_at is not None and start <= it.merged_at < end]
    ended = [it.closed_at for it in pull_requests if it.merged_at is None and it.closed_at is not None]
    repositories = {it.repository.path: it.repository for it in story.main_pushes if it.repository.team == team}
    lead_times = [
        (at - first).total_seconds()
        for repository in repositories.values()
        for at, first in _shipped(story, repository)
        if start <= at < end
    ]
    repairs = {it.merge_sha for it in pull_requests if it.branch.startswith(("hotfix/", "revert-"))}
    return Count(
        deployments=len(deployments),
        failed=sum(it.fate != "succeeded" for it in deployments),
        rollbacks_and_repairs=sum(it.rollback or it.sha in repairs for it in deployments),
        opened=sum(start <= it.created_at < end for it in pull_requests),
        merged=len(merged),
        closed_unmerged=sum(start <= at < end for at in ended),
        open=sum(it.created_at < end and (it.ended_at is None or it.ended_at >= end) for it in pull_requests),
        changes=len(lead_times),
        lead_time_p50_seconds=median(lead_times) if lead_times else None,
        cycle_time_p50_seconds=median(_cycle_time(it) for it in merged) if merged else None,
    )


def _cycle_time(pull_request: PullRequest) -> float:
    assert pull_request.merged_at is not None
    return (pull_request.merged_at - pull_request.first_commit_at).total_seconds()


def _shipped(story: Story, repository: Repository) -> list[tuple[datetime, datetime]]:
    """(shipped at, first commit) of every change: each goes out with the first success that is not behind it."""
    waiting = [push for push in story.main_pushes if push.repository is repository]
    order = {push.after: place for place, push in enumerate(waiting)}
    shipped: list[tuple[datetime, datetime]] = []
    done = 0
    for deployment in story.deployments:
        if not _succeeded(deployment, repository):
            continue
        reach = order[deployment.sha] + 1
        for push in waiting[done:reach]:
            change = push.pull_request
            if change is None:
                shipped.append((deployment.finished_at, push.commits[0].authored_at))
            elif not change.author.bot:
                shipped.append((deployment.finished_at, change.first_commit_at))
        done = max(done, reach)
    return shipped


def _succeeded(deployment: Deployment, repository: Repository) -> bool:
    return (
        deployment.repository is repository
        and deployment.environment == "production"
        and deployment.status == "success"
    )

"""The five DORA metrics, each with its n, its change and DORA's own range."""

from bot.slack.changes import MORE, change_of_count, change_of_duration, change_of_rate
from bot.slack.passages.passage import Passage, said
from bot.slack.ranges import range_of_duration, range_of_frequency
from bot.slack.wording import NO_DATA, count, counted, duration, per_day, share
from reports.report import ChangeFailureRate, DeploymentFrequency, LeadTime, Numbers, RecoveryTime, ReworkRate


def delivery(now: Numbers, before: Numbers | None) -> list[Passage]:
    """`before` is None when there is no window to compare with."""
    return [
        frequency(now.deployment_frequency, before.deployment_frequency if before else None),
        lead_time(now.lead_time, before.lead_time if before else None),
        failure_rate(now.change_failure_rate, before.change_failure_rate if before else None),
        recovery_time(now.recovery_time, before.recovery_time if before else None),
        rework_rate(now.rework_rate, before.rework_rate if before else None),
    ]


def frequency(now: DeploymentFrequency, before: DeploymentFrequency | None) -> Passage:
    title = "Deployment frequency"
    if now.per_day is None:
        return Passage(title, f"{NO_DATA}, nothing was ever deployed to production")
    return Passage(
        title,
        per_day(now.per_day),
        said(
            f"{counted(now.deployments, 'deployment')}, {count(now.succeeded)} succeeded",
            change_of_count(now.deployments, before.deployments if before else None, MORE),
            _range(range_of_frequency(now.per_day)),
        ),
    )


def lead_time(now: LeadTime, before: LeadTime | None) -> Passage:
    title = "Lead time for changes"
    if now.p50_seconds is None:
        return Passage(title, f"{NO_DATA}, no change was shipped")
    return Passage(
        title,
        duration(now.p50_seconds),
        said(
            f"median of {counted(now.n, 'change')} ({counted(now.n_pull_requests, 'pull request')}, "
            f"{counted(now.n_commits, 'single commit')})",
            nine_in_ten(now.p90_seconds),
            change_of_duration(
                now.p50_seconds, now.n, before.p50_seconds if before else None, before.n if before else None
            ),
            _range(range_of_duration(now.p50_seconds)),
        ),
    )


def failure_rate(now: ChangeFailureRate, before: ChangeFailureRate | None) -> Passage:
    title = "Change failure rate"
    if now.ratio is None:
        return Passage(title, f"{NO_DATA}, no deployment finished")
    change = change_of_rate(
        now.ratio, now.deployments, before.ratio if before else None, before.deployments if before else None
    )
    return Passage(title, share(now.failed, now.deployments, now.ratio), said("deployments that failed", change))


def recovery_time(now: RecoveryTime, before: RecoveryTime | None) -> Passage:
    title = "Failed deployment recovery time"
    still_open = f"{count(now.open)} not recovered yet" if now.open else None
    if now.p50_seconds is None:
        return Passage(title, f"{NO_DATA}, nothing recovered", said(still_open))
    return Passage(
        title,
        duration(now.p50_seconds),
        said(
            f"median of {counted(now.n, 'recovery', 'recoveries')}",
            nine_in_ten(now.p90_seconds),
            still_open,
            change_of_duration(
                now.p50_seconds, now.n, before.p50_seconds if before else None, before.n if before else None
            ),
            _range(range_of_duration(now.p50_seconds)),
        ),
    )


def rework_rate(now: ReworkRate, before: ReworkRate | None) -> Passage:
    title = "Deployment rework rate"
    if now.ratio is None:
        return Passage(title, f"{NO_DATA}, no deployment finished")
    change = change_of_rate(
        now.ratio, now.deployments, before.ratio if before else None, before.deployments if before else None
    )
    return Passage(title, share(now.unplanned, now.deployments, now.ratio), said("deployments not planned", change))


def nine_in_ten(p90_seconds: float | None) -> str | None:
    return None if p90_seconds is None else f"9 in 10 within {duration(p90_seconds)}"


def _range(words: str | None) -> str | None:
    return f"DORA's range: {words}" if words else None

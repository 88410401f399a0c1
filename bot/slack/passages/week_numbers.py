"""The five DORA metrics of a week in a line each: with the week before, and the weeks before that."""

from bot.slack.changes import MORE, TOO_FEW, change_of_count, change_of_duration, change_of_rate
from bot.slack.passages.passage import Passage, said
from bot.slack.wording import NO_DATA, count, counted, duration, per_day, percent, share
from reports.digest import Digest
from reports.report import ChangeFailureRate, LeadTime, Numbers, RecoveryTime, ReworkRate


def week_numbers(digest: Digest) -> list[Passage]:
    now, before, baseline = digest.report.numbers, digest.report.previous, digest.baseline
    weeks = f"{digest.baseline_weeks} weeks before"
    return [
        _frequency(now, before, baseline, digest.baseline_weeks),
        _of_durations(
            "Lead time",
            now.lead_time,
            before.lead_time if before else None,
            baseline.lead_time if baseline else None,
            weeks,
            ("change", "changes"),
        ),
        _of_rates(
            "Change failure rate",
            (now.change_failure_rate, now.change_failure_rate.failed),
            before.change_failure_rate if before else None,
            baseline.change_failure_rate if baseline else None,
            weeks,
        ),
        _of_durations(
            "Recovery time",
            now.recovery_time,
            before.recovery_time if before else None,
            baseline.recovery_time if baseline else None,
            weeks,
            ("recovery", "recoveries"),
            f"{count(now.recovery_time.open)} not recovered yet" if now.recovery_time.open else None,
        ),
        _of_rates(
            "Rework rate",
            (now.rework_rate, now.rework_rate.unplanned),
            before.rework_rate if before else None,
            baseline.rework_rate if baseline else None,
            weeks,
        ),
    ]


def _frequency(now: Numbers, before: Numbers | None, baseline: Numbers | None, weeks: int) -> Passage:
    one = now.deployment_frequency
    was = before.deployment_frequency.deployments if before else None
    change = change_of_count(one.deployments, was, MORE)
    if change is None and was is not None:
        change = f"the week before {count(was)}"
    average = None
    if baseline is not None:
        mean = f"{baseline.deployment_frequency.deployments / weeks:,.1f}".removesuffix(".0")
        average = f"{weeks} weeks before: {mean} a week"
    value = f"{counted(one.deployments, 'deployment')} = {per_day(one.per_day)}"
    return Passage("Deployment frequency", value, said(f"{count(one.succeeded)} succeeded", change, average))


def _of_durations(
    title: str,
    now: LeadTime | RecoveryTime,
    before: LeadTime | RecoveryTime | None,
    baseline: LeadTime | RecoveryTime | None,
    weeks: str,
    what: tuple[str, str],
    more: str | None = None,
) -> Passage:
    change = None
    if before is not None:
        change = change_of_duration(now.p50_seconds, now.n, before.p50_seconds, before.n)
        if (change is None or change.startswith(TOO_FEW)) and before.n:
            change = f"the week before {duration(before.p50_seconds)} ({counted(before.n, *what)})"
    average = None
    if baseline is not None and baseline.n:
        average = f"{weeks}: {duration(baseline.p50_seconds)} ({counted(baseline.n, *what)})"
    number = f"{'median of ' if now.n > 1 else ''}{counted(now.n, *what)}"
    value = f"{duration(now.p50_seconds)}, {number}" if now.n else NO_DATA
    return Passage(title, value, said(more, _unless_too_few(change), average))


def _of_rates(
    title: str,
    now: tuple[ChangeFailureRate | ReworkRate, int],
    before: ChangeFailureRate | ReworkRate | None,
    baseline: ChangeFailureRate | ReworkRate | None,
    weeks: str,
) -> Passage:
    rate, part = now
    change = None
    if before is not None:
        change = change_of_rate(rate.ratio, rate.deployments, before.ratio, before.deployments)
        if (change is None or change.startswith(TOO_FEW)) and before.ratio is not None:
            change = f"the week before {percent(before.ratio)} of {count(before.deployments)}"
    average = None
    if baseline is not None and baseline.ratio is not None:
        average = f"{weeks}: {percent(baseline.ratio)} of {count(baseline.deployments)}"
    return Passage(title, share(part, rate.deployments, rate.ratio), said(_unless_too_few(change), average))


def _unless_too_few(change: str | None) -> str | None:
    return None if change is None or change.startswith(TOO_FEW) else change

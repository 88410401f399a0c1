"""What happened in a week: what changed most and why, what failed, what waits."""

from bot.slack.mrkdwn import escape, link, shorten
from bot.slack.passages.passage import Passage
from bot.slack.passages.waiting import whom
from bot.slack.wording import counted, duration, percent
from reports.biggest_change import COUNTED, BiggestChange, Part
from reports.digest import Digest
from reports.evidence import Evidence
from reports.failures import Failure
from reports.report import Numbers, WaitingPullRequest

LONGEST_PATH = 40
NAMES = {
    "deployment_frequency": "deployments",
    "lead_time": "lead time",
    "change_failure_rate": "the change failure rate",
    "recovery_time": "recovery time",
    "rework_rate": "the rework rate",
}
COUNTED_AS = {
    "deployment_frequency": "deployments",
    "change_failure_rate": "failures",
    "rework_rate": "unplanned deployments",
}
# What the examples of each change are.
EXAMPLES = {"lead_time": "Longest", "recovery_time": "Longest", "rework_rate": "Not planned"}
REWORK = {"unplanned: rollback": "a rollback", "unplanned: only fixes": "a fix"}
# How what decided a failure is called. https://dora.dev/guides/dora-metrics/ leaves the evidence to the team.
REASONS = {
    "status": "the deployment itself failed",
    "rollback": "rolled back",
    "revert": "reverted",
    "hotfix": "hotfixed",
    "incident": "an incident",
    "mark": "marked by a person",
}
Both = tuple[Passage, Passage]


def changed(digest: Digest, longest_title: int) -> Both | None:
    """What changed most against the weeks before, and the likely why."""
    change = digest.change
    if change is None or digest.baseline is None:
        return None
    now, before = (
        _amount(change.metric, numbers, weeks)
        for numbers, weeks in ((digest.report.numbers, 1), (digest.baseline, digest.baseline_weeks))
    )
    value = f"{NAMES[change.metric]}, from {before} in the {digest.baseline_weeks} weeks before to {now}"
    if change.part is not None:
        value += f"; mainly {_part(change, change.part)}"
    title = "What changed most"
    if not change.examples:
        return Passage(title, value), Passage(title, value)
    linked, bare = (
        "; ".join(_example(one, longest_title, linked=linked) for one in change.examples) for linked in (True, False)
    )
    heading = EXAMPLES.get(change.metric, "For example")
    return Passage(title, f"{value}. {heading}: {linked}"), Passage(title, f"{value}. {heading}: {bare}")


def _amount(metric: str, numbers: Numbers, weeks: int) -> str:
    """In words, of one week on average."""
    match metric:
        case "deployment_frequency":
            return f"{_few(numbers.deployment_frequency.deployments / weeks)} a week"
        case "change_failure_rate":
            return percent(numbers.change_failure_rate.ratio or 0)
        case "rework_rate":
            return percent(numbers.rework_rate.ratio or 0)
        case "lead_time":
            return duration(numbers.lead_time.p50_seconds)
        case _:
            return duration(numbers.recovery_time.p50_seconds)


def _few(number: float) -> str:
    """With a digit after the point where it says something."""
    return f"{number:,.1f}".removesuffix(".0")


def failed(digest: Digest, shown: int) -> Both | None:
    """The failures and their recovery."""
    if not digest.failures:
        return None
    total = max(digest.report.numbers.change_failure_rate.failed, len(digest.failures))
    listed = digest.failures[:shown]
    more = (f"and {total - len(listed):,} more",) if total > len(listed) else ()
    linked, bare = (
        Passage(
            "Failed",
            counted(total, "deployment"),
            (*(_failure(one, linked=linked) for one in listed), *more),
            listed=True,
        )
        for linked in (True, False)
    )
    return linked, bare


def waits(digest: Digest, longest_title: int) -> Both | None:
    """The pull requests that wait longest for a review, and for whom."""
    if not digest.waiting:
        return None
    total = max(digest.waiting_count, len(digest.waiting))
    linked, bare = (
        Passage(
            "Waiting longest for review",
            f"{len(digest.waiting)} of {total:,}" if total > len(digest.waiting) else counted(total, "pull request"),
            tuple(_waiting(one, longest_title, linked=linked) for one in digest.waiting),
            listed=True,
        )
        for linked in (True, False)
    )
    return linked, bare


def _part(change: BiggestChange, part: Part) -> str:
    if change.metric not in COUNTED:
        return f"{part.name}, from {duration(part.before)} to {duration(part.now)}"
    return f"{_path(part.name)}, from {_few(part.before)} to {_few(part.now)} {COUNTED_AS[change.metric]} a week"


def _example(one: Evidence, longest_title: int, *, linked: bool) -> str:
    kind, _, key = one.subject.partition(":")
    number = {"pull_request": f"#{key}", "commit": key[:8]}.get(kind, "")
    place = f"{_path(one.repository)} {escape(number)}".rstrip()
    title = f" {_title(one.title, longest_title)}" if longest_title and kind == "pull_request" else ""
    more = REWORK.get(one.counted_as) if one.seconds is None else duration(one.seconds)
    return f"{link(one.url, place) if linked else place}{title}" + (f" ({more})" if more else "")


def _failure(one: Failure, *, linked: bool) -> str:
    place = _path(f"{one.repository} {one.service}".strip())
    reason = REASONS.get(one.reason, "failed")
    ended = "not recovered yet" if one.recovery_seconds is None else f"recovered in {duration(one.recovery_seconds)}"
    return f"{link(one.url, place) if linked else place}: {reason}, {ended}"


def _waiting(one: WaitingPullRequest, longest_title: int, *, linked: bool) -> str:
    place = f"{_path(one.repository)} #{one.number}"
    title = f" {_title(one.title, longest_title)}" if longest_title else ""
    return f"{link(one.url, place) if linked else place}{title}: {duration(one.waiting_seconds)}, for {whom(one)}"


def _title(title: str, longest: int) -> str:
    return escape(shorten(title, longest)) or "(no title)"


def _path(path: str) -> str:
    return escape(path if len(path) <= LONGEST_PATH else f"…{path[-LONGEST_PATH + 1 :]}")

"""Pull requests, their stages, and commits."""

from dataclasses import dataclass

from bot.slack.changes import change_of_count, change_of_duration
from bot.slack.passages.delivery import nine_in_ten
from bot.slack.passages.passage import Passage, said
from bot.slack.wording import FEWEST_FOR_A_TREND, NO_DATA, count, counted, duration
from reports.report import Commits, Durations, Numbers, PullRequests

STAGES = (
    ("coding", "first commit to ready"),
    ("pickup", "ready to first review"),
    ("review", "first review to merge"),
    ("deploy", "merge to production"),
)
NOT_ADDING_UP = "medians, which do not add up (the stages of each pull request do)"


def work(now: Numbers, before: Numbers | None) -> list[Passage]:
    """`before` is None when there is no window to compare with."""
    earlier = before.pull_requests if before else None
    return [
        pull_requests(now.pull_requests, earlier),
        cycle_time(now.pull_requests, earlier),
        stages(now.pull_requests, earlier),
        commits(now.commits, before.commits if before else None),
    ]


def pull_requests(now: PullRequests, before: PullRequests | None) -> Passage:
    was = _Before(before)
    enough = before is not None and min(now.merged, before.merged) >= FEWEST_FOR_A_TREND
    return Passage(
        "Pull requests",
        _with_change(f"{count(now.merged)} merged", now.merged, was("merged")),
        said(
            _with_change(f"{count(now.opened)} opened", now.opened, was("opened")),
            _with_change(f"{count(now.closed_unmerged)} closed unmerged", now.closed_unmerged, was("closed_unmerged")),
            _with_change(f"{count(now.open)} open at the end", now.open, was("open")),
            f"in those merged: {lines(now, before if enough else None)}" if now.merged else None,
            _with_change(counted(now.review_comments, "review comment"), now.review_comments, was("review_comments")),
        ),
        listed=True,
    )


def lines(now: PullRequests | Commits, before: PullRequests | Commits | None) -> str:
    """`before` is None when there is nothing to compare with."""
    if now.lines_added is None or now.lines_deleted is None:
        return "lines unknown"
    was = _Before(before)
    added = _with_change(f"{counted(now.lines_added, 'line')} added", now.lines_added, was("lines_added"))
    return f"{added}; {_with_change(f'{count(now.lines_deleted)} deleted', now.lines_deleted, was('lines_deleted'))}"


def cycle_time(now: PullRequests, before: PullRequests | None) -> Passage:
    return Passage(
        "Cycle time, first commit to merge",
        duration(now.cycle_time.p50_seconds),
        _details(now.cycle_time, before.cycle_time if before else None),
    )


def stages(now: PullRequests, before: PullRequests | None) -> Passage:
    if all(getattr(now.stages, name).p50_seconds is None for name, _ in STAGES):
        return Passage("Stages", NO_DATA)
    every = []
    for name, meaning in STAGES:
        stage: Durations = getattr(now.stages, name)
        earlier: Durations | None = getattr(before.stages, name) if before else None
        details = ", ".join(_details(stage, earlier))
        every.append(f"{name} ({meaning}): {duration(stage.p50_seconds)}" + (f", {details}" if details else ""))
    return Passage("Stages", NOT_ADDING_UP, tuple(every), listed=True)


def commits(now: Commits, before: Commits | None) -> Passage:
    title = "Commits on the default branch"
    if now.count == 0:
        return Passage(title, "none")
    enough = before is not None and min(now.count, before.count) >= FEWEST_FOR_A_TREND
    return Passage(
        title,
        _with_change(count(now.count), now.count, _Before(before)("count")),
        said(
            lines(now, before if enough else None) if now.lines_added is not None else None,
            f"lines of {counted(now.lines_unknown, 'commit')} unknown" if now.lines_unknown else None,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Before:
    """Numbers of the window before, if there is one."""

    numbers: PullRequests | Commits | None

    def __call__(self, field: str) -> int | None:
        return None if self.numbers is None else getattr(self.numbers, field)


def _with_change(words: str, now: int, before: int | None) -> str:
    change = change_of_count(now, before)
    return f"{words}, {change}" if change else words


def _details(now: Durations, before: Durations | None) -> tuple[str, ...]:
    if now.p50_seconds is None:
        return ()
    change = change_of_duration(
        now.p50_seconds, now.n, before.p50_seconds if before else None, before.n if before else None, better=None
    )
    return said(f"median of {count(now.n)}", nine_in_ten(now.p90_seconds), change)

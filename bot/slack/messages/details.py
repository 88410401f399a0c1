"""The thread below a digest: each repository, every recovery, and the changes that stand out. Nobody is named."""

from collections.abc import Sequence

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context, section
from bot.slack.limits import SECTION_TEXT
from bot.slack.mrkdwn import escape, link, shorten
from bot.slack.passages.week import REASONS
from bot.slack.passages.window import window_in_words
from bot.slack.wording import count, counted, duration
from reports.evidence import Evidence
from reports.week_in_detail import LargePullRequest, RepositoryWeek, WeekInDetail

REPOSITORIES = 25
RECOVERIES = 15
LONGEST_PATH, LONGEST_TITLE, LONGEST_NAME = 50, 50, 60
# A link for the eye, and the same for the ear.
Line = tuple[str, str]


def details_answer(week: WeekInDetail) -> Answer:
    opening = f"{escape(shorten(week.team, LONGEST_NAME))} in detail, {window_in_words(week.window)}."
    parts = [
        ("Repositories", _repositories(week)),
        ("Recoveries", _cut([_recovery(one) for one in week.recoveries], RECOVERIES)),
        ("Longest way to production", [_slow(one) for one in week.slowest]),
        ("Largest pull requests merged", [_large(one) for one in week.largest]),
    ]
    blocks: list[Block] = [context(opening)]
    text = [opening]
    for title, lines in parts:
        if lines:
            blocks += _sections(f"*{title}*", [linked for linked, _ in lines])
            text.append(f"{title}: {'; '.join(bare for _, bare in lines)}.")
    return Answer(" ".join(text), blocks)


def _repositories(week: WeekInDetail) -> list[Line]:
    lines = _cut([_both(_repository(one)) for one in week.repositories], REPOSITORIES)
    silent = week.owned - len(week.repositories)
    if silent > 0:
        lines.append(_both(f"{counted(silent, 'repository', 'repositories')} without a deployment or shipped change"))
    return lines


def _repository(one: RepositoryWeek) -> str:
    said = [counted(one.deployments, "deployment")]
    said += [f"{count(one.failed)} failed"] if one.failed else []
    said += [f"{count(one.unplanned)} not planned"] if one.unplanned else []
    if one.changes:
        said.append(f"{counted(one.changes, 'change')} shipped, median lead time {duration(one.lead_time_seconds)}")
    return f"{_path(one.path)}: {', '.join(said)}"


def _recovery(one: Evidence) -> Line:
    state, _, decided_by = one.counted_as.partition(": ")
    reason = REASONS.get(decided_by, "failed")
    ended = "not recovered yet" if state == "open" else f"recovered in {duration(one.seconds)}"
    return _linked(one.url, _path(one.repository), f": {reason}, {ended}")


def _slow(one: Evidence) -> Line:
    kind, _, key = one.subject.partition(":")
    place = f"{_path(one.repository)} {f'#{key}' if kind == 'pull_request' else key[:8]}"
    return _linked(one.url, place, f" {_title(one.title)}: {duration(one.seconds)} from its first commit")


def _large(one: LargePullRequest) -> Line:
    lines = f"{counted(one.lines_added, 'line')} added, {count(one.lines_deleted)} deleted"
    return _linked(one.url, f"{_path(one.repository)} #{one.number}", f" {_title(one.title)}: {lines}")


def _linked(url: str | None, place: str, rest: str) -> Line:
    return f"{link(url, place)}{rest}", f"{place}{rest}"


def _both(line: str) -> Line:
    return line, line


def _cut(lines: list[Line], most: int) -> list[Line]:
    more = len(lines) - most
    return [*lines[:most], _both(f"and {count(more)} more")] if more > 0 else lines


def _sections(title: str, lines: Sequence[str]) -> list[Block]:
    """As many as their lines need."""
    sections = [title]
    for line in lines:
        grown = f"{sections[-1]}\n• {line}"
        if len(grown) > SECTION_TEXT:
            sections.append(f"• {line}")
        else:
            sections[-1] = grown
    return [section(text) for text in sections]


def _path(path: str) -> str:
    return escape(path if len(path) <= LONGEST_PATH else f"…{path[-LONGEST_PATH + 1 :]}")


def _title(title: str) -> str:
    return escape(shorten(title, LONGEST_TITLE)) or "(no title)"

"""What one person did, for that person alone: nothing here shares it."""

from zoneinfo import ZoneInfo

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context, header, section
from bot.slack.messages.evidence import line_of
from bot.slack.mrkdwn import escape, shorten
from bot.slack.passages import work
from bot.slack.passages.passage import Passage, spoken
from bot.slack.passages.window import length_in_words, window_in_words
from bot.slack.wording import counted, duration
from reports.evidence import Evidence
from reports.person_report import PersonReport

SHOWN = 10
TITLE = "Your own numbers"
PRIVATE = "Only you see this, and nobody else can ask for it."
LONGEST_NAME = 60


def person_answer(report: PersonReport, name: str | None) -> Answer:
    """`name`: as whom the person is known."""
    known_as = f"You are known as {escape(shorten(name, LONGEST_NAME))}." if name else None
    when = f"{window_in_words(report.window)} ({length_in_words(report.window)})."
    opening = " ".join(filter(None, [when, report.remark, PRIVATE, known_as]))
    passages = _passages(report)
    zone = ZoneInfo(report.window.timezone)
    blocks: list[Block] = [header(TITLE), context(opening), *(passage.block() for passage in passages)]
    text = [f"{TITLE}, {opening}", spoken(passages)]
    if report.merged:
        heading = "Merged, newest first"
        lines = "\n".join(f"• {_line(item, zone, linked=True)}" for item in report.merged)
        blocks.append(section(f"*{heading}*\n{lines}"))
        text.append(f"{heading}: {'; '.join(_line(item, zone, linked=False) for item in report.merged)}.")
    return Answer(" ".join(filter(None, text)), blocks)


def _passages(report: PersonReport) -> list[Passage]:
    if report.pull_requests is None or report.commits is None:
        return []
    return [
        work.pull_requests(report.pull_requests, None),
        work.cycle_time(report.pull_requests, None),
        work.stages(report.pull_requests, None),
        Passage(
            "Reviewed",
            counted(report.reviewed, "pull request of others", "pull requests of others"),
            ("with a review, an approval or a comment on the code",),
        ),
        work.commits(report.commits, None),
    ]


def _line(item: Evidence, zone: ZoneInfo, *, linked: bool) -> str:
    parts = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in item.parts)
    return line_of(item, zone, linked=linked) + (f" ({parts})" if parts else "")

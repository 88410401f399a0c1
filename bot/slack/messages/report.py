"""The answer for a team or a repository: its numbers over one window, and the window before."""

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context, divider, header
from bot.slack.limits import HEADER_TEXT
from bot.slack.messages.controls import controls
from bot.slack.mrkdwn import escape, shorten
from bot.slack.passages.delivery import delivery
from bot.slack.passages.passage import spoken
from bot.slack.passages.quality import is_tracked, quality, said_first
from bot.slack.passages.waiting import waiting
from bot.slack.passages.window import comparison, length_in_words, window_in_words
from bot.slack.passages.work import work
from reports.report import Report, TeamSubject

# Room for entities: `&` is one character to the reader and five to Slack.
LONGEST_NAME = HEADER_TEXT // 5


def report_answer(report: Report, command: str, period: str) -> Answer:
    """`command` and `period` are what asks for it again, for example `team platform` and `30d`."""
    name = name_of(report)
    when = f"{window_in_words(report.window)} ({length_in_words(report.window)})"
    opening = " ".join(filter(None, [f"{when}.", comparison(report), *said_first(report.data_quality)]))
    delivered = delivery(report.numbers, report.previous)
    worked = work(report.numbers, report.previous) if is_tracked(report.data_quality) else []
    waits = waiting(report.waiting, report.waiting_count)
    remarks = quality(report.data_quality)

    blocks: list[Block] = [header(name), context(opening)]
    blocks += [passage.block() for passage in delivered]
    if worked:
        blocks += [divider(), *(passage.block() for passage in worked)]
    if waits:
        blocks += [divider(), waits[0].block()]
    if remarks:
        blocks.append(context("\n".join(remarks)))
    blocks += controls(command, period)

    text = [f"{name}, {opening}", spoken(delivered), spoken(worked)]
    text += [waits[1]] if waits else []
    text += remarks
    return Answer(" ".join(filter(None, text)), blocks)


def name_of(report: Report) -> str:
    subject = report.subject
    name = (subject.name or subject.slug) if isinstance(subject, TeamSubject) else subject.path
    if report.service is not None:
        name = f"{name}, service {report.service}"
    return escape(shorten(name, LONGEST_NAME)) or "(no name)"

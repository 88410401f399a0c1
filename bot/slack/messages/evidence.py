"""What is behind one number: its definition, the number, and what was counted, with links."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context, header, option, section, static_select
from bot.slack.limits import MESSAGE_SIZE, OPTION_TEXT, OPTION_VALUE, SECTION_TEXT, size_of
from bot.slack.messages.controls import controls
from bot.slack.messages.deployment import reference
from bot.slack.messages.report import name_of
from bot.slack.mrkdwn import escape, link, shorten
from bot.slack.passages import delivery, work
from bot.slack.passages.passage import Passage, spoken
from bot.slack.passages.quality import is_tracked, quality, said_first
from bot.slack.passages.window import length_in_words, moment_in_words, window_in_words
from bot.slack.wording import count, duration
from reports.evidence import Evidence
from reports.explanation import Explanation
from reports.report import Numbers

# The most that are listed; the API has all of them.
SHOWN = 20
LINES_IN_A_SECTION = 5
DEPLOYMENT_MENU = "look_at_deployment"
LONGEST_PATH, LONGEST_TITLE, LONGEST_REASON = 60, 50, 60
# What definition, number, remarks and the menu may need beside the items.
ROOM_FOR_THE_REST = 7000
NAMES = {
    "deployment_frequency": "Deployment frequency",
    "lead_time": "Lead time",
    "change_failure_rate": "Change failure rate",
    "recovery_time": "Recovery time",
    "rework_rate": "Rework rate",
    "pull_requests": "Pull requests",
    "commits": "Commits",
}
PASSAGES: Mapping[str, Callable[[Numbers], list[Passage]]] = {
    "deployment_frequency": lambda numbers: [delivery.frequency(numbers.deployment_frequency, None)],
    "lead_time": lambda numbers: [delivery.lead_time(numbers.lead_time, None)],
    "change_failure_rate": lambda numbers: [delivery.failure_rate(numbers.change_failure_rate, None)],
    "recovery_time": lambda numbers: [delivery.recovery_time(numbers.recovery_time, None)],
    "rework_rate": lambda numbers: [delivery.rework_rate(numbers.rework_rate, None)],
    "pull_requests": lambda numbers: [
        work.pull_requests(numbers.pull_requests, None),
        work.cycle_time(numbers.pull_requests, None),
        work.stages(numbers.pull_requests, None),
    ],
    "commits": lambda numbers: [work.commits(numbers.commits, None)],
}
# In which order each metric tells its items.
ORDERS = {
    "lead_time": "longest first",
    "pull_requests": "longest first",
    "recovery_time": "open ones, then longest",
    "change_failure_rate": "failed ones first",
    "rework_rate": "unplanned ones first",
}


def evidence_answer(explanation: Explanation, command: str, period: str) -> Answer:
    """`command` and `period` ask for it again, for example `team platform lead_time` and `30d`."""
    report, zone = explanation.report, ZoneInfo(explanation.report.window.timezone)
    title = f"{name_of(report)}: {NAMES[explanation.metric]}"
    opening = f"{window_in_words(report.window)} ({length_in_words(report.window)})."
    opening = " ".join([opening, *said_first(explanation.remarks)])
    meaning = f"{escape(explanation.definition)} {link(explanation.source, 'Where this comes from')}"
    numbers = PASSAGES[explanation.metric](report.numbers) if is_tracked(report.data_quality) else []
    remarks = quality(explanation.remarks)
    items = explanation.items[:SHOWN]
    listed, shown = _list(items, zone)
    more = explanation.total - shown
    heading = f"*{_heading(explanation, shown)}*" if shown else ""

    blocks: list[Block] = [header(title), context(opening), section(meaning)]
    blocks += [passage.block() for passage in numbers]
    if shown:
        blocks += [section(heading), *listed]
    if more > 0:
        blocks.append(context(f"And {count(more)} more."))
    if remarks:
        blocks.append(context("\n".join(remarks)))
    blocks += controls(command, period, _menu(items[:shown]))

    text = [f"{title}, {opening}", escape(explanation.definition), spoken(numbers)]
    if shown:
        lines = "; ".join(line_of(item, zone, linked=False) for item in items[:shown])
        text.append(f"{_heading(explanation, shown)}: {lines}.")
    if more > 0:
        text.append(f"And {count(more)} more.")
    return Answer(" ".join(filter(None, [*text, *remarks])), blocks)


def _heading(explanation: Explanation, shown: int) -> str:
    order = ORDERS.get(explanation.metric, "newest first")
    return f"What was counted, {order}" if shown > 1 else "What was counted"


def _list(items: tuple[Evidence, ...], zone: ZoneInfo) -> tuple[list[Block], int]:
    """Sections of a few lines each, and how many items are in them: as many as fit."""
    sections: list[list[str]] = []
    shown = 0
    for item in items:
        line = f"• {line_of(item, zone, linked=True)}"
        if len(line) > SECTION_TEXT:
            line = f"• {line_of(item, zone, linked=False)}"
        last = sections[-1] if sections else []
        fits = last and len(last) < LINES_IN_A_SECTION and len("\n".join([*last, line])) <= SECTION_TEXT
        grown = [*sections[:-1], [*last, line]] if fits else [*sections, [line]]
        drawn = [section("\n".join(lines)) for lines in grown]
        if size_of([*drawn, *_menu(items[: shown + 1])]) > MESSAGE_SIZE - ROOM_FOR_THE_REST:
            break
        sections = grown
        shown += 1
    return [section("\n".join(lines)) for lines in sections], shown


def line_of(item: Evidence, zone: ZoneInfo, *, linked: bool) -> str:
    kind, _, key = item.subject.partition(":")
    known = f"#{key}" if kind == "pull_request" else key[:8] if kind == "commit" else item.subject
    place = escape(shorten(f"{item.repository} {known}", LONGEST_PATH))
    said = f"{escape(shorten(item.title, LONGEST_TITLE))}, " if item.title.strip() else ""
    took = f": {duration(item.seconds)}" if item.seconds is not None else ""
    reason = escape(shorten(item.counted_as, LONGEST_REASON))
    return f"{link(item.url, place) if linked else place} {said}{moment_in_words(item.at, zone)}, {reason}{took}"


def _menu(items: Sequence[Evidence]) -> list[Block]:
    """Opens one of the deployments that are listed, to see why it counts so and to correct it."""
    named = [reference(item.repository, item.subject) for item in items if item.is_deployment]
    options = [option(shorten(one, OPTION_TEXT), one) for one in named if len(one) <= OPTION_VALUE]
    return [static_select(DEPLOYMENT_MENU, "Look at a deployment", options, None)] if options else []

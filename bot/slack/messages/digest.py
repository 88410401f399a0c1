"""The weekly digest: a team's week in under 1,500 characters, and one chart."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context, header, section
from bot.slack.limits import DIGEST_TEXT, cut
from bot.slack.messages.behind import behind
from bot.slack.messages.chart import deployments_chart, deployments_in_words
from bot.slack.messages.report import name_of
from bot.slack.mrkdwn import code, escape
from bot.slack.passages.passage import Passage
from bot.slack.passages.quality import quality, said_first
from bot.slack.passages.week import changed, failed, waits
from bot.slack.passages.week_numbers import week_numbers
from bot.slack.passages.window import window_in_words
from bot.slack.wording import counted, duration
from reports.digest import Digest, Told
from reports.report import TeamSubject, Window
from reports.weeks import monday_of


@dataclass(frozen=True, slots=True)
class Room:
    """How much is said of what; less is tried until it all fits."""

    failures: int
    title: int
    remarks: int


ROOMS = (Room(3, 45, 2), Room(3, 30, 1), Room(2, 20, 1), Room(1, 0, 1), Room(1, 0, 0))
SHORTEST = ROOMS[-1]


def digest_answer(digest: Digest, remarks: tuple[str, ...] = (), *, charts: bool = True) -> Answer:
    """`remarks`: what else the reader must know (escaped), for example that the digest before was not sent.

    Without `charts` their numbers are said in words, for workspaces that refuse charts, and for terminals.
    """
    if digest.quiet:
        return quiet_answer(digest, remarks)
    for room in ROOMS:
        answer = _with_room(digest, remarks, room, charts=charts)
        if len(answer.text) <= DIGEST_TEXT:
            return answer
    # Only absurdly long numbers get here.
    return Answer(cut(answer.text, DIGEST_TEXT), answer.blocks)


def quiet_answer(digest: Digest, remarks: tuple[str, ...] = ()) -> Answer:
    """One line: nothing was shipped."""
    report = digest.report
    sentences = [f"*{name_of(report)}*: nothing was deployed to production, {window_in_words(report.window)}."]
    if digest.waiting:
        longest = duration(digest.waiting[0].waiting_seconds)
        waiting = counted(max(digest.waiting_count, len(digest.waiting)), "pull request")
        sentences.append(f"Waiting for review: {waiting}, the longest for {longest}.")
    sentences += [*said_first(report.data_quality)[:1], *remarks]
    line = " ".join(sentences)
    return Answer(cut(line.replace("*", ""), DIGEST_TEXT), [section(line)])


def _with_room(digest: Digest, remarks: tuple[str, ...], room: Room, *, charts: bool) -> Answer:
    report = digest.report
    name, when = name_of(report), window_in_words(report.window)
    opening = " ".join([f"{when}.", *said_first(report.data_quality)[: room.remarks], *remarks])
    numbers = week_numbers(digest)
    passages = list(_passages(digest, room))
    closing = " ".join([*_remarks(digest, room), f"More: {code(_question(digest))}"])
    trend = deployments_in_words(digest.trend)

    blocks: list[Block] = [header(f"{name}: the week"), context(opening)]
    blocks.append(section("\n".join(f"• *{one.title}:* {'; '.join([one.value, *one.details])}" for one in numbers)))
    blocks += [linked.block() for linked, _ in passages]
    if trend:
        blocks.append(deployments_chart(digest.trend) if charts else context(trend))
    blocks += [context(closing), *behind(*_place(digest), _evidence_of(digest))]

    text = [f"{name}, {opening}", *(one.spoken() for one in numbers), *(bare.spoken() for _, bare in passages)]
    return Answer(" ".join([*text, *([trend] if trend else []), closing.replace("`", "")]), blocks)


def _passages(digest: Digest, room: Room) -> Iterator[tuple[Passage, Passage]]:
    """For the eye, with links; and for the ear."""
    every = (
        changed(digest, room.title),
        failed(digest, room.failures),
        waits(digest, room.title),
    )
    yield from (one for one in every if one is not None)


def _remarks(digest: Digest, room: Room) -> list[str]:
    said = [_restated(*digest.restated)] if digest.restated else []
    # Lines are not shown here.
    remarks = quality([one for one in digest.report.data_quality if one.kind != "lines_unknown"])
    more = len(remarks) - room.remarks
    said += remarks[: room.remarks]
    if more > 0 and room != SHORTEST:
        said.append(f"And {counted(more, 'more remark')} on the data.")
    return said


def _restated(told: Told, known: Told) -> str:
    """What late data changed of a week that was told already."""
    pairs = (
        ("deployment", told.deployments, known.deployments),
        ("failure", told.failed, known.failed),
        ("shipped change", told.changes, known.changes),
    )
    differences = [f"{counted(now, what)} instead of {was:,}" for what, was, now in pairs if was != now]
    return f"Late data changed the week of {_day(told.window)}: {', '.join(differences)}."


def _day(week: Window) -> str:
    return window_in_words(week).partition(" \N{EN DASH}")[0]


def _question(digest: Digest) -> str:
    slug, week = _place(digest)
    return escape(f"/devmetrics team {slug[:60]} {week}")


def _place(digest: Digest) -> tuple[str, str]:
    """The team, and the week as a period."""
    subject = digest.report.subject
    slug = subject.slug if isinstance(subject, TeamSubject) else subject.path
    year, week, _ = monday_of(digest.report.window).isocalendar()
    return slug, f"{year}-W{week:02}"


def _evidence_of(digest: Digest) -> str:
    """The number that the reader will want to see through."""
    if digest.change is not None:
        return digest.change.metric
    return "change_failure_rate" if digest.failures else "deployment_frequency"

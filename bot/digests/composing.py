"""From a run to its message, or to the reason why there is none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.slack.answer import Answer
from bot.slack.messages.alerts import crossed_answer
from bot.slack.messages.details import details_answer
from bot.slack.messages.digest import digest_answer
from bot.slack.mrkdwn import escape
from reports.digest import Digest, Told, weekly_digest
from reports.report import Window
from reports.report_json import report_as_json
from reports.scope import find_team
from reports.snapshot import snapshot
from reports.week_in_detail import week_in_detail
from storage.digests import ALERT, DETAILS, Run, read_before

GONE = "The team does not exist any more."
OWNS_NOTHING = "The team owns no repository: devmetrics team add-repo gives it one."
QUIET_AGAIN = "Nothing was deployed for another week, which was said the week before."


@dataclass(frozen=True, slots=True)
class Message:
    answer: Answer
    # The same without charts.
    plain: Answer
    # What it shows, to be kept.
    numbers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Silence:
    reason: str
    numbers: dict[str, Any] | None = None


async def compose(engine: AsyncEngine, organization_id: UUID, run: Run) -> Message | Silence:
    """The digest, or its details, as of the moment it was due, however late it is sent."""
    async with snapshot(engine) as connection:
        if run.kind == ALERT:
            return await _alert(connection, organization_id, run)
        if run.kind == DETAILS:
            return await _details(connection, organization_id, run)
        before = await read_before(connection, run)
        scope = await find_team(connection, organization_id, run.team_slug)
        if scope is None:
            return Silence(GONE)
        if scope.whole_organization:
            return Silence(OWNS_NOTHING)
        digest = await weekly_digest(connection, scope, run.scheduled_for, _told(before.numbers))
    numbers = kept(digest)
    if digest.quiet_again and before.numbers and before.numbers["quiet"]:
        return Silence(QUIET_AGAIN, numbers)
    missed = (f"The digest of the week before was not sent: {escape(before.missed)}",) if before.missed else ()
    return Message(digest_answer(digest, missed), digest_answer(digest, missed, charts=False), numbers)


async def _alert(connection: AsyncConnection, organization_id: UUID, run: Run) -> Message | Silence:
    """As the number was when it crossed."""
    scope = await find_team(connection, organization_id, run.team_slug)
    if scope is None or run.numbers is None:
        return Silence(GONE)
    answer = crossed_answer(scope.slug, scope.name, run.numbers)
    return Message(answer, answer, run.numbers)


async def _details(connection: AsyncConnection, organization_id: UUID, run: Run) -> Message | Silence:
    scope = await find_team(connection, organization_id, run.team_slug)
    if scope is None or scope.whole_organization:
        return Silence(GONE if scope is None else OWNS_NOTHING)
    answer = details_answer(await week_in_detail(connection, scope, run.scheduled_for))
    return Message(answer, answer, {})


def kept(digest: Digest) -> dict[str, Any]:
    """What it shows, as JSON."""
    told = digest.told
    return {
        "quiet": digest.quiet,
        "window": [told.window.start.isoformat(), told.window.end.isoformat(), told.window.timezone, told.window.days],
        "told": [told.deployments, told.failed, told.changes],
        "report": report_as_json(digest.report),
    }


def _told(numbers: dict[str, Any] | None) -> Told | None:
    if numbers is None:
        return None
    start, end, timezone, days = numbers["window"]
    window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end), timezone, days)
    return Told(window, *numbers["told"])

"""What `devmetrics check` says of asking providers: histories, open questions, and what is done regularly."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.slack.wording import counted
from handlers.findings import OK, PROBLEM, Finding
from storage.asking.enrichment import Waiting, count_questions
from storage.asking.readings import BACKFILL, CATCH_UP, CHOSEN, REPAIR, Progress, list_progress
from storage.asking.runs import RunListing, list_runs

WORK = {
    "deliveries": "failed deliveries are asked for again every hour, where the provider sends any again",
    "teams": "teams and repositories are compared every day",
    "repair": "the last days are compared every day",
    "catch up": "what changed since is read every hour",
}


async def find_asking(connection: AsyncConnection, organization_id: UUID) -> list[Finding]:
    progress = await list_progress(connection, organization_id)
    questions = await count_questions(connection)
    runs = await list_runs(connection, organization_id)
    return [
        *_histories("history", BACKFILL, "read", progress),
        *_histories("settings", CHOSEN, "read for what settings count now", progress),
        *_questions(questions),
        *_repairs(progress),
        *map(_run, runs),
    ]


def _histories(subject: str, purpose: str, what: str, progress: Sequence[Progress]) -> Iterator[Finding]:
    mine = [one for one in progress if one.purpose == purpose]
    if not mine:
        return
    done, failed = ([one for one in mine if one.state == state] for state in ("done", "failed"))
    waiting = len(mine) - len(done) - len(failed)
    records = sum(one.records for one in mine)
    said = f"{len(done)} of {counted(len(mine), 'repository', 'repositories')} {what}, {counted(records, 'record')}"
    if waiting:
        parts = sorted({one.part or "nothing yet" for one in mine if one.state == "waiting"})
        said += f"; {waiting} under way ({', '.join(parts)})"
    said += _left_out(mine)
    if failed:
        # No names: this output is sent around.
        reason = failed[-1].reason
        yield Finding(subject, PROBLEM, f"{said}; {len(failed)} failed: {reason} Then: `devmetrics backfill`.")
    else:
        yield Finding(subject, OK, f"{said}.{_in_the_way(mine)}")


def _left_out(readings: Sequence[Progress]) -> str:
    number = sum(one.left_out for one in readings)
    if not number:
        return ""
    reason = next(one.left_out_reason for one in reversed(readings) if one.left_out)
    return f"; {counted(number, 'thing')} that cannot be read left out ({reason})"


def _in_the_way(readings: Sequence[Progress]) -> str:
    """Of one that is tried again later."""
    reasons = [one.reason for one in readings if one.state == "waiting" and one.reason]
    return f" {len(reasons)} to be tried again: {reasons[-1]}" if reasons else ""


def _questions(questions: Waiting) -> Iterator[Finding]:
    if not questions.waiting and not questions.given_up:
        return
    waiting = "question waits" if questions.waiting == 1 else "questions wait"
    said = f"{questions.waiting:,} {waiting} for a provider's answer"
    if questions.given_up:
        said += f", {questions.given_up:,} {'was' if questions.given_up == 1 else 'were'} given up"
    yield Finding("questions", OK, f"{said}: {questions.reason}" if questions.reason else f"{said}.")


def _repairs(progress: Sequence[Progress]) -> Iterator[Finding]:
    mine = [one for one in progress if one.purpose in (CATCH_UP, REPAIR)]
    if not mine:
        return
    different = sum(one.differences for one in mine)
    failed = [one for one in mine if one.state == "failed"]
    what = "pull requests and deployments of the last days"
    match different:
        case 0:
            said = "no pull request or deployment of the last days was otherwise than the provider has it"
        case 1:
            said = f"1 of the {what} was not as the provider has it"
        case _:
            said = f"{different:,} {what} were not as the provider has them"
    said += _left_out(mine)
    if failed:
        number = counted(len(failed), "repository", "repositories")
        yield Finding("repair", PROBLEM, f"{said}; {number} failed: {failed[-1].reason}")
    else:
        now = f"; {'it is' if different == 1 else 'they are'} now." if different else "."
        yield Finding("repair", OK, f"{said}{now}{_in_the_way(mine)}")


def _run(run: RunListing) -> Finding:
    subject = f"{run.host} {run.job}"
    last = f"last at {run.succeeded_at:%Y-%m-%d %H:%M} UTC ({run.outcome})" if run.succeeded_at else "never so far"
    if run.reason:
        return Finding(subject, PROBLEM, f"{run.reason} {WORK[run.job].capitalize()}, {last}.")
    return Finding(subject, OK, f"{WORK[run.job]}, {last}.")

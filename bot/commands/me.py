"""`/devmetrics me 30d`: what the person who asks did, for that person alone."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.command import Command, CommandContext
from bot.commands.reading import read_period
from bot.slack.answer import Answer
from bot.slack.messages.notice import notice
from bot.slack.messages.person import SHOWN, person_answer
from bot.slack.mrkdwn import code, escape
from bot.slack.profile import EmailUnknown
from reports.period import UnknownPeriod
from reports.person_report import person_report
from reports.scope import find_everything
from reports.snapshot import snapshot
from storage.people import read_people
from storage.slack_links import find_by_email, find_linked

ONLY_IN_SLACK = "Type this in Slack: only there it is known who asks. Nobody is shown the numbers of somebody else."
ONLY_OWN = "`me` shows your own numbers; those of somebody else are shown to nobody."
NO_MATCH = "No commit and no account has the address that Slack has of you, so I do not know who you are."


async def answer_me(words: list[str], context: CommandContext) -> Answer:
    if context.user_id is None or context.find_email is None:
        return notice(ONLY_IN_SLACK)
    async with snapshot(context.engine) as connection:
        timezone, sources = await find_everything(connection, context.organization_id)
        developer_id = await find_linked(connection, context.user_id)
    try:
        _, window = read_period(words, timezone, context.now)
    except UnknownPeriod as unknown:
        return notice(escape(str(unknown)), ONLY_OWN)
    reason = NO_MATCH
    if developer_id is None:
        # Slack is asked while no connection is held.
        try:
            email = await context.find_email(context.user_id)
        except EmailUnknown as unknown_email:
            reason = str(unknown_email)
        else:
            async with snapshot(context.engine) as connection:
                developer_id = await find_by_email(connection, email)
    if developer_id is None:
        return notice(reason, _how_to_link(context.user_id))
    async with snapshot(context.engine) as connection:
        report = await person_report(connection, developer_id, sources, window, SHOWN)
        return person_answer(report, await _name(connection, developer_id))


async def _name(connection: AsyncConnection, developer_id: UUID) -> str | None:
    found = await read_people(connection, [developer_id])
    return found[0].name if found else None


def _how_to_link(user_id: str) -> str:
    command = code(f"devmetrics people link <your username or address> {user_id}")
    return f"An administrator can say it once, in a terminal: {command}"


COMMAND = Command(
    word="me",
    usage="me [period]",
    summary="Your own pull requests, reviews and commits, for you alone",
    details=(
        "Your merged pull requests with their stages, the pull requests of others that you reviewed, and your commits. "
        "Only you see the answer, it cannot be shared, and nobody can ask for somebody else. You are known by the "
        "address that Slack has of you (asked only when you type this), or by what an administrator said: "
        "`devmetrics people link`."
    ),
    examples=("me", "me 7d", "me last month"),
    answer=answer_me,
)

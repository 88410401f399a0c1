"""Tells a subscription's owner, once and in private, that a digest did not come, and why."""

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.slack.answer import Answer
from bot.slack.blocks import section
from bot.slack.mrkdwn import code
from bot.slack.post import NotPosted, Posted, Poster
from storage.digests import ALERT, Run, take_untold, tell_later

logger = structlog.get_logger(__name__)

BATCH = 20


async def tell_owners(engine: AsyncEngine, organization_id: UUID, poster: Poster) -> None:
    """Who cannot be reached now is told the next time."""
    async with engine.begin() as connection:
        untold = await take_untold(connection, organization_id, BATCH)
    for run in untold:
        outcome = await poster.post(run.owner, not_sent(run))
        if isinstance(outcome, NotPosted):
            async with engine.begin() as connection:
                await tell_later(connection, run.id)
        elif not isinstance(outcome, Posted):
            logger.warning("the owner of a digest could not be told", owner=run.owner, outcome=str(outcome))


def not_sent(run: Run) -> Answer:
    """`reason` is our own sentence."""
    when = f"{run.scheduled_for:%Y-%m-%d %H:%M} UTC"
    what = "limit" if run.kind == ALERT else "digest"
    said = f"The {what} of {code(run.team_slug)} for <#{run.channel_id}>, due {when}: {run.reason}"
    return Answer(said, [section(said)])

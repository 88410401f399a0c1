"""The sample company's channels have ordered their teams' digests; last Monday's is there already."""

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.people import TEAMS
from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import BOT_USER
from bot.digests.due import Hour, last_firing
from bot.digests.sending import Sending
from bot.slack.post import Poster
from storage.models.digests import DigestRun, DigestSubscription
from storage.subscriptions import subscribe

MONDAY = (1, "09:00", "UTC")


async def send_last_digests(engine: AsyncEngine, organization_id: UUID, workspace: Workspace, now: datetime) -> None:
    """The workspace is new with every start, and so are its subscriptions."""
    async with engine.begin() as connection:
        await connection.execute(sa.delete(DigestRun))
        await connection.execute(sa.delete(DigestSubscription))
        for team in TEAMS:
            channel = next(one for one in workspace.state.channels.values() if one.name == f"team-{team.slug}")
            owner = min(channel.members - {BOT_USER})
            await subscribe(connection, organization_id, team.slug, channel.id, MONDAY, owner)
    weekday, local_time, timezone = MONDAY
    hour = Hour(weekday, time.fromisoformat(local_time), ZoneInfo(timezone))
    poster = Poster(workspace.bot_token, workspace.api_url)
    await Sending(engine, organization_id, poster).send_due(last_firing(hour, now))

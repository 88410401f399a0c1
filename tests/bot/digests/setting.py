"""A team with a week to tell, a workspace with a channel, and a subscription."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import Channel, Message, User
from bot.demo.workspace.web_api import SCOPES
from bot.digests.sending import Ended, Sending
from bot.slack.pace import Pace
from bot.slack.post import Poster
from storage.digests import DIGEST
from storage.models.digests import DigestRun, DigestSubscription
from storage.subscriptions import subscribe
from storage.teams import add_repository_to_team, add_team
from tests.reports.filling import Filling, at

# Monday, 09:00 in UTC, when the digest of the week from 2 November is due.
MONDAY = at("2026-11-09T09:00")
HOUR = (1, "09:00", "UTC")


@dataclass
class Clock:
    """Time passes only where somebody waits."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Setting:
    engine: AsyncEngine
    organization_id: UUID
    workspace: Workspace
    ana: User
    channel: Channel
    clock: Clock

    def sending(self) -> Sending:
        poster = Poster(self.workspace.bot_token, self.workspace.api_url, Pace(self.clock, self.clock.sleep))
        return Sending(self.engine, self.organization_id, poster)

    async def send(self, now: datetime = MONDAY) -> list[str]:
        """What `devmetrics digest due` would do; the states in which digests ended."""
        return [one.state for one in await self.sent(now) if one.run.kind == DIGEST]

    async def sent(self, now: datetime = MONDAY) -> list[Ended]:
        return await self.sending().send_due(now)

    def posted(self, channel: Channel | None = None) -> list[Message]:
        """In the channel itself, not in threads."""
        return [one for one in self._messages(channel) if one.thread_ts is None]

    def details(self, channel: Channel | None = None) -> list[Message]:
        return [one for one in self._messages(channel) if one.thread_ts is not None]

    def _messages(self, channel: Channel | None) -> list[Message]:
        return self.workspace.state.in_channel((channel or self.channel).id)

    def told(self) -> list[str]:
        """What Ana was told in private."""
        return [
            one.text for one in self.workspace.state.in_channel(self.workspace.state.direct_channel(self.ana.id).id)
        ]

    async def runs(self, kind: str = DIGEST) -> list[Any]:
        statement = sa.select(DigestRun).where(DigestRun.kind == kind).order_by(DigestRun.scheduled_for)
        async with self.engine.connect() as connection:
            return list((await connection.execute(statement)).all())

    async def paused_for(self) -> str | None:
        async with self.engine.connect() as connection:
            return await connection.scalar(sa.select(DigestSubscription.pause_reason))

    async def let_time_pass(self) -> None:
        """Every lease and every pause has ended."""
        async with self.engine.begin() as connection:
            await connection.execute(
                sa.update(DigestRun)
                .where(DigestRun.claimed_until.is_not(None))
                .values(claimed_until=sa.func.now() - timedelta(seconds=1))
            )

    async def deploy(self, moment: datetime, outcome: str = "succeeded") -> None:
        async with self.engine.begin() as connection:
            filling = Filling(connection, self.organization_id)
            filling._number = 1000 + int(moment.timestamp()) % 10**6
            repository_id = (await connection.execute(sa.text("SELECT id FROM repositories LIMIT 1"))).scalar_one()
            await filling.deployment(repository_id, moment, outcome)

    async def open_pull_request(self, moment: datetime) -> None:
        async with self.engine.begin() as connection:
            filling = Filling(connection, self.organization_id)
            repository_id = (await connection.execute(sa.text("SELECT id FROM repositories LIMIT 1"))).scalar_one()
            await filling.asked(repository_id, await filling.pull_request(repository_id, moment, number=77), "dana")

    async def subscribe(self, channel: Channel, team: str = "platform", hour: tuple[int, str, str] = HOUR) -> None:
        async with self.engine.begin() as connection:
            made = await subscribe(connection, self.organization_id, team, channel.id, hour, self.ana.id)
            assert made is not None
            # In the week before.
            await connection.execute(
                sa.update(DigestSubscription)
                .where(DigestSubscription.id == made.id)
                .values(active_since=MONDAY - timedelta(days=6))
            )

    async def subscribe_teams(self, channel: Channel, count: int) -> None:
        """To the digests of so many teams more, which own the same repository."""
        for number in range(count):
            slug = f"team-{number}"
            async with self.engine.begin() as connection:
                await add_team(connection, self.organization_id, slug, f"Team {number}", "test")
                await add_repository_to_team(connection, self.organization_id, slug, "github", "acme/api", "test")
            await self.subscribe(channel, slug)


@asynccontextmanager
async def setting(
    engine: AsyncEngine, organization_id: UUID, *, history: bool = True, strict: bool = False
) -> AsyncIterator[Setting]:
    """`history`: devmetrics may read the channel's; `strict`: Slack's limits of speed hold, on the clock of those who
    wait."""
    clock = Clock()
    async with (Workspace(clock) if strict else Workspace()).running() as workspace:
        workspace.rate_limits.enforced = strict
        if history:
            workspace.web_api.scopes = SCOPES | {"channels:history"}
        ana = workspace.state.add_user("ana")
        here = Setting(engine, organization_id, workspace, ana, workspace.state.add_channel("platform", ana), clock)
        async with engine.begin() as connection:
            filling = Filling(connection, organization_id)
            repository = await filling.repository()
            await filling.team(owns=(repository,))
            await filling.deployment(repository, at("2026-11-03"))
        await here.subscribe(here.channel)
        yield here

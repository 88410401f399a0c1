"""The real application beside the stand-in workspace, and a person in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.demo.workspace.sender import Acknowledgement, Sender
from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import Channel, Message, User
from bot.demo.workspace.validation import is_too_long, problems_of_message
from bot.settings import Settings
from storage.models.organizations import Team, TeamRepository
from storage.models.repositories import Repository


@dataclass
class Place:
    workspace: Workspace
    people: Sender
    ana: User
    general: Channel
    engine: AsyncEngine
    organization_id: UUID
    # The address of /slack/events.
    events: str
    # Stops the application.
    stop: Callable[[], Awaitable[None]]

    async def type(self, text: str) -> Message:
        """Ana types `/devmetrics text`; what she then reads."""
        return await self.answer_to(await self.people.command(self.ana, self.general, text))

    async def choose(self, message: Message, action_id: str, value: str) -> None:
        await self.settled(await self.people.choose(self.ana, message, action_id, value))

    async def press(self, message: Message, action_id: str) -> None:
        await self.settled(await self.people.press(self.ana, message, action_id))

    async def answer_to(self, acknowledgement: Acknowledgement) -> Message:
        return (await self.settled(acknowledgement))[-1]

    async def settled(self, acknowledgement: Acknowledgement) -> list[Message]:
        """The messages Ana sees, once the application has nothing in hand any more."""
        assert (acknowledgement.status, acknowledgement.body) == (200, "")
        assert acknowledgement.seconds < 3
        await self.quiet()
        for message in self.workspace.state.messages.values():
            assert not message.blocks or problems_of_message(message.blocks) == []
            assert not is_too_long(message.blocks)
        return self.workspace.state.in_channel(self.general.id, seen_by=self.ana.id)

    async def quiet(self) -> None:
        """Until the application has nothing in hand."""
        while working := [task for task in asyncio.all_tasks() if task.get_name() == "work for Slack"]:
            await asyncio.wait(working)

    async def add_team(self, slug: str, name: str) -> UUID:
        row = {"organization_id": self.organization_id, "slug": slug, "name": name}
        async with self.engine.begin() as connection:
            return (await connection.execute(insert(Team).values(row).returning(Team.id))).scalar_one()

    async def add_repository(self, path: str, team: UUID | None = None) -> UUID:
        row = {"organization_id": self.organization_id, "provider": "github", "name": path, "path": path}
        async with self.engine.begin() as connection:
            statement = insert(Repository).values(row).returning(Repository.id)
            repository_id = (await connection.execute(statement)).scalar_one()
            if team is not None:
                await connection.execute(insert(TeamRepository).values(team_id=team, repository_id=repository_id))
            return repository_id


def settings_for(workspace: Workspace, folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_signing_secret=SecretStr(workspace.signing_secret),
        slack_api_url=workspace.api_url,
    )


@asynccontextmanager
async def place(engine: AsyncEngine, organization_id: UUID, folder: Path) -> AsyncIterator[Place]:
    async with Workspace().running() as workspace:
        app = create_app(settings_for(workspace, folder), engine, organization_id)
        async with TestServer(app) as server:
            events = str(server.make_url("/slack/events"))
            async with workspace.people(events) as people:
                ana = workspace.state.add_user("ana")
                general = workspace.state.add_channel("general", ana)
                yield Place(workspace, people, ana, general, engine, organization_id, events, server.close)

"""Two teams that own a repository each, and a person in a channel."""

from dataclasses import replace

import sqlalchemy as sa

from bot.commands import Answer, CommandContext, answer
from storage.models.organizations import Team, TeamRepository
from storage.models.repositories import Repository

CHANNEL, OTHER, ANA = "C000001", "C000002", "U000001"


async def in_channel(context: CommandContext, channel: str = CHANNEL) -> CommandContext:
    """The context of Ana in a channel; the teams of `context` own a repository each."""
    async with context.engine.begin() as connection:
        teams = (await connection.scalars(sa.select(Team.id).order_by(Team.slug))).all()
        repositories = (await connection.scalars(sa.select(Repository.id).order_by(Repository.path))).all()
        owned = [
            {"team_id": team, "repository_id": repository}
            for team, repository in zip(teams, repositories, strict=False)
        ]
        await connection.execute(sa.insert(TeamRepository).values(owned))
    return replace(context, user_id=ANA, channel_id=channel)


async def ask(context: CommandContext, text: str) -> Answer:
    return await answer(text, context)

"""What a subcommand is, and what it may use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.slack.answer import Answer


@dataclass(frozen=True, slots=True)
class CommandContext:
    engine: AsyncEngine
    organization_id: UUID
    # Aware.
    now: datetime
    # Slack's ids of who asks, and where; None: not from Slack.
    user_id: str | None = None
    channel_id: str | None = None
    # The channels that the text mentions, as (id, name).
    mentioned: tuple[tuple[str, str], ...] = ()
    # Who asks in a terminal, as in the audit log; None: not from there.
    operator: str | None = None
    # The address that Slack has of a user's id; raises `bot.slack.profile.EmailUnknown`. None: not from Slack.
    find_email: Callable[[str], Awaitable[str]] | None = None

    @property
    def actor(self) -> str | None:
        """As in the audit log; None: nobody that could be named, so nothing may be changed."""
        return f"slack:{self.user_id}" if self.user_id else self.operator


@dataclass(frozen=True, slots=True)
class Command:
    """`answer` gets the words after the subcommand's own."""

    word: str
    usage: str
    summary: str
    # What `help <word>` adds, and ready-made commands to copy.
    details: str
    examples: tuple[str, ...]
    answer: Callable[[list[str], CommandContext], Awaitable[Answer]]

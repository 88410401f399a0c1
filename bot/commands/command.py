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

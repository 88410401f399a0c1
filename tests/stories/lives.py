"""Invents lives of repositories: years with long pauses, work that stays open for months, and words of people.

As `inventing.py`, whose histories are some weeks long; what is told arrives late, and again when all is over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from storage.migrate import ensure_organization
from tests.stories.by_hand import find_repository, say_one
from tests.stories.happenings import Mark
from tests.stories.inventing import MINUTES_A_DAY, Inventor, Line, spell
from tests.stories.timeline import Timeline, begin

# Before today: the server counts what is over by its own clock.
LAST_DAY = 160
ZONES = ("UTC", "Europe/Oslo", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
MINUTE = timedelta(minutes=1)
# How late it arrives: less than raw rows are kept.
LATE = (*(0,) * 16, 40, 600, 5 * MINUTES_A_DAY, 30 * MINUTES_A_DAY, 75 * MINUTES_A_DAY)


@dataclass
class Life(Inventor):
    timeline: Timeline = field(default_factory=lambda: begin("github"))
    names: int = 0

    def add(self, **words: Any) -> None:
        super().add(**words)
        self.minute += self.choose(*(0,) * 12, *(MINUTES_A_DAY * days for days in (1, 2, 4, 9, 20, 45)))

    def be_renamed(self) -> None:
        self.names += 1
        self.add(be_at=f"parcelway/{self.choose('one', 'other', 'third')}-{self.names}")

    def be_called(self) -> None:
        self.names += 1
        self.add(be_called=self.choose("ann", "bob", "cid"), now=f"called-{self.names}")

    def suffer(self) -> None:
        begin = self.minute
        words: Line = {"incident": 1000000 + begin}
        if self.choose(True, True, False):
            words["closed"] = spell(begin + self.choose(5, 90, 2000, 40 * MINUTES_A_DAY, 130 * MINUTES_A_DAY))
        self.add(**words)

    def force(self) -> None:
        """Main is reset to what it was, and goes on from there."""
        back = self.choose(*self.heads[-4:])
        entries = self.write()
        self.move(entries[-1]["name"])
        self.add(push="main", onto=back, commits=entries, forced=True)

    def step(self) -> None:
        if self.choose(*range(25)):
            super().step()
        else:
            self.choose(self.be_renamed, self.be_called, self.force)()

    def told(self, random: Random) -> "Iterator[Told]":
        """Everything, at the moment at which it arrives."""
        for line in self.lines:
            for delivery in self.timeline.tell(line):
                yield Told(delivery.at + random.choice(LATE) * MINUTE, self.timeline, delivery)
            if "mark" in line:
                mark = self.timeline.marks[-1]
                yield Told(mark.at, self.timeline, mark=mark)


@dataclass(frozen=True)
class Told:
    """A delivery when it arrives, or the word of a person."""

    at: datetime
    timeline: Timeline
    delivery: Delivery | None = None
    mark: Mark | None = None

    async def say(self, engine: AsyncEngine) -> bool:
        """False: the deployment stands, and cannot be marked any more."""
        assert self.mark is not None
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
            repository_id = await find_repository(connection, self.timeline.of)
            return await say_one(connection, organization_id, repository_id, self.mark)


def live(random: Random, providers: Sequence[str], days: int) -> list[Life]:
    """One of each; the first is as old as said, the others may be younger."""
    lives = []
    for number, provider in enumerate(providers):
        first = LAST_DAY - days + (random.choice((0, 30, days // 2)) if number else 0)
        timeline = begin(provider, number, f"parcelway/{provider}-{number}")
        life = Life(random.choice, minute=first * MINUTES_A_DAY + 540, timeline=timeline)
        life.start()
        while life.minute < LAST_DAY * MINUTES_A_DAY:
            life.step()
        lives.append(life)
    return lives

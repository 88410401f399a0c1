"""The APIs that can be asked, by their places. They may change while the program runs."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping

from handlers.asking.api import Api, Place

# Connections are read again after this long: to add one needs no restart.
REMEMBERED_SECONDS = 30.0
# By place: what the API is made of (a changed secret makes a new one), and how.
Wanted = Mapping[Place, tuple[Hashable, Callable[[], Api]]]


class Apis:
    """`find` tells which are wanted; one that is wanted still stays the same object, caches and all.

    One that is wanted no more is closed when nothing that asks it is under way, one look later at the earliest: who was
    just given it may be about to begin.
    """

    def __init__(
        self, find: Callable[[], Awaitable[Wanted]], *, remembered_seconds: float = REMEMBERED_SECONDS
    ) -> None:
        self._find = find
        self._remembered_seconds = remembered_seconds
        self._replaced: list[Api] = []
        # By identity: how much work asks it now.
        self._used: Counter[int] = Counter()
        self._read_at = float("-inf")
        self._made: dict[Place, tuple[Hashable, Api]] = {}
        self._reading = asyncio.Lock()

    async def current(self) -> Mapping[Place, Api]:
        async with self._reading:
            if time.monotonic() - self._read_at > self._remembered_seconds:
                await self._read()
        return {place: api for place, (_, api) in self._made.items()}

    async def while_used(self, api: Api, work: Awaitable[None]) -> None:
        """Carry out what asks it, however often: it stays open meanwhile."""
        self._used[id(api)] += 1
        try:
            await work
        finally:
            self._used[id(api)] -= 1

    async def _read(self) -> None:
        wanted = await self._find()
        before, self._made = self._made, {}
        for place, (identity, make) in wanted.items():
            known = before.get(place)
            if known is not None and known[0] == identity:
                self._made[place] = before.pop(place)
            else:
                self._made[place] = (identity, make())
        idle = [api for api in self._replaced if not self._used[id(api)]]
        busy = [api for api in self._replaced if self._used[id(api)]]
        self._replaced = [*busy, *(api for _, api in before.values())]
        for api in idle:
            await api.close()
        self._read_at = time.monotonic()

    async def close(self) -> None:
        for api in (*self._replaced, *(api for _, api in self._made.values())):
            await api.close()
        self._made, self._replaced = {}, []


async def none_at_all() -> Wanted:
    """For what must never reach a real provider."""
    return {}

"""Work of several places side by side: one that is slow, or down, holds up no other."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import structlog

from handlers.asking.api import Api, Place
from handlers.asking.apis import Apis
from handlers.failures import is_transient, kind_of, where

logger = structlog.get_logger(__name__)


class Begun(NamedTuple):
    """A piece of work that was claimed, and what finishes it."""

    place: Place
    work: Coroutine[Any, Any, None]


class Turns:
    """`begin` claims something of one of these places (None: nothing is due); of each at most `at_once` are in hand."""

    def __init__(
        self,
        apis: Apis,
        begin: Callable[[Mapping[Place, Api]], Awaitable[Begun | None]],
        *,
        at_once: int,
        poll_seconds: float,
    ) -> None:
        self._apis = apis
        self._begin = begin
        self._at_once = at_once
        self._poll_seconds = poll_seconds
        self._in_hand: dict[asyncio.Task[None], Place] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop; what is in hand is finished."""
        async with asyncio.TaskGroup() as group:
            told = group.create_task(_wait(stopping))
            while not stopping.is_set():
                begun = await self._next()
                if begun is None:
                    # Whatever ends makes room for the next.
                    wait_for = {told, *self._in_hand}
                    await asyncio.wait(wait_for, timeout=self._poll_seconds, return_when=asyncio.FIRST_COMPLETED)
                else:
                    task = group.create_task(_finish(begun.work))
                    self._in_hand[task] = begun.place
                    task.add_done_callback(self._in_hand.pop)

    async def _next(self) -> Begun | None:
        try:
            busy = Counter(self._in_hand.values())
            free = {place: api for place, api in (await self._apis.current()).items() if busy[place] < self._at_once}
            return await self._begin(free) if free else None
        except Exception as error:  # noqa: BLE001 (the edge: whatever happens, it must go on)
            _log(error)
            return None


async def _wait(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 (the edge, as above: the claim is a lease, and ends by itself)
        _log(error)


def _log(error: Exception) -> None:
    logger.warning("asking pauses", reason=kind_of(error), where=None if is_transient(error) else where(error))

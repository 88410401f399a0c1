"""Being told to stop, and how long everything may take from then on."""

import asyncio

# `docker stop` kills after ten seconds, and the embedded PostgreSQL has to end, too. Nothing is lost by ending sooner:
# what was acknowledged is stored, and all other work is found again in the database.
GRACE_SECONDS = 7.0


class Stopping:
    """One for all parts of a process: they end at the same time, not one after the other."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self.begun = asyncio.Event()
        self._grace_seconds = grace_seconds
        self._until = 0.0

    def begin(self) -> None:
        if not self.begun.is_set():
            self._until = asyncio.get_running_loop().time() + self._grace_seconds
            self.begun.set()

    @property
    def seconds_left(self) -> float:
        """Also before it began: then all of it."""
        if not self.begun.is_set():
            return self._grace_seconds
        return max(0.0, self._until - asyncio.get_running_loop().time())

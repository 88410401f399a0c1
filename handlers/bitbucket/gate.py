"""Every request to Bitbucket passes here: its limits are honoured, failures get a second try.

https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from handlers.asking.api import NotNow
from handlers.failures import unreachable
from handlers.measures import CALLS

# Of one token, at the same time; Bitbucket names no number.
MOST_AT_ONCE = 6
# Of any 60 minutes. A workspace with over 100 users has more, and its answers say how many.
# https://www.atlassian.com/blog/bitbucket/introducing-scaled-rate-limits-for-bitbucket-cloud-api
MOST_AN_HOUR = 1000
HOUR_SECONDS = 3600.0
# Of an hour's calls this share is left to people who wait for an answer.
RESERVED_SHARE = 0.1
# Longer waits are given back to the caller, who has other work meanwhile.
LONGEST_WAIT_SECONDS = 5.0
# A 429 mostly does not say how long (https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/414): the window
# rolls, so every minute some calls are free again.
UNTOLD_WAIT_SECONDS = 60.0
LONGEST_UNTOLD_SECONDS = 900.0
FAILURE_SECONDS = 60.0
TRIES = 3
PAUSE_SECONDS = 0.5
LIMIT_REACHED = "Bitbucket's rate limit is reached."


class Answered(NamedTuple):
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Gate:
    """The limits of one token. `connect` gives the session; `reserve` False: a person waits for the answer."""

    def __init__(
        self,
        connect: Callable[[], aiohttp.ClientSession],
        *,
        pause_seconds: float = PAUSE_SECONDS,
        reserve: bool = True,
    ) -> None:
        self._connect = connect
        self._pause_seconds = pause_seconds
        self._reserve = reserve
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._limit = MOST_AN_HOUR
        # When each call of the last hour was made.
        self._sent: deque[float] = deque()
        self._closed_until = 0.0
        self._untold = 0

    async def send(self, method: str, url: URL, content: Mapping[str, Any] | None = None) -> Answered:
        """Bitbucket's answer, whatever it is, but for limits and outages: those raise `NotNow`."""
        async with self._slots:
            for last in (*[False] * (TRIES - 1), True):
                await self._wait()
                try:
                    async with self._connect().request(method, url, json=content) as response:
                        answer = Answered(response.status, response.headers, await response.read())
                except (aiohttp.ClientError, TimeoutError) as problem:
                    CALLS.labels("bitbucket", "0").inc()
                    if last:
                        reason = unreachable("Bitbucket", "BITBUCKET_API_URL", problem)
                        raise NotNow.after(reason, FAILURE_SECONDS) from None
                else:
                    CALLS.labels("bitbucket", str(answer.status)).inc()
                    limited = self._note(answer)
                    if not limited and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        return answer
                    if not limited and last:
                        raise NotNow.after(f"Bitbucket answers {answer.status}.", FAILURE_SECONDS)
                await asyncio.sleep(self._pause_seconds)
        raise self._not_before(self._closed_until)

    async def _wait(self) -> None:
        now = time.time()
        free_at = max(self._closed_until, self._next_turn(now))
        if free_at > now + LONGEST_WAIT_SECONDS:
            raise self._not_before(free_at)
        if free_at > now:
            await asyncio.sleep(free_at - now)
        self._sent.append(time.time())

    def _next_turn(self, now: float) -> float:
        while self._sent and self._sent[0] < now - HOUR_SECONDS:
            self._sent.popleft()
        most = int(self._limit * (1 - RESERVED_SHARE)) if self._reserve else self._limit
        return self._sent[-most] + HOUR_SECONDS if len(self._sent) >= most else 0.0

    def _note(self, answer: Answered) -> bool:
        """Whether it was refused because of a limit."""
        now, headers = time.time(), answer.headers
        if (told := headers.get("X-RateLimit-Limit", "")).isdigit() and int(told) > 0:
            self._limit = int(told)
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._untold = 0
            if self._reserve and headers.get("X-RateLimit-NearLimit", "").lower() == "true":
                # Less than a fifth is left, also because of others with this token: that is for people.
                self._closed_until = now + UNTOLD_WAIT_SECONDS
            return False
        if (told := headers.get("Retry-After", "")).isdigit():
            self._closed_until = now + int(told)
        else:
            self._untold += 1
            self._closed_until = now + min(LONGEST_UNTOLD_SECONDS, UNTOLD_WAIT_SECONDS * 2 ** (self._untold - 1))
        return True

    def _not_before(self, moment: float) -> NotNow:
        return NotNow(LIMIT_REACHED, datetime.fromtimestamp(moment, UTC), limit=True)

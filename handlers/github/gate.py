"""Every request to GitHub passes here, REST and GraphQL alike: limits are honoured, failures get a second try.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import aiohttp

from handlers.asking.api import NotNow
from handlers.failures import unreachable
from handlers.measures import CALLS

REST, GRAPHQL = "core", "graphql"
# Of one installation, at the same time; GitHub allows 100 of everybody together.
MOST_AT_ONCE = 8
# In a minute; GitHub allows 900 points (a GET costs one) and 2,000.
MOST_A_MINUTE = {REST: 800, GRAPHQL: 1500}
MINUTE_SECONDS = 60.0
# Of an hour's calls this share is left to people who wait for an answer.
RESERVED_SHARE = 0.1
# Longer waits are given back to the caller, who has other work meanwhile.
LONGEST_WAIT_SECONDS = 5.0
# When GitHub does not say how long: at least a minute, then longer each time.
UNTOLD_WAIT_SECONDS = 60.0
LONGEST_UNTOLD_SECONDS = 1800.0
TRIES = 3
PAUSE_SECONDS = 0.5
LIMIT_REACHED = "GitHub's rate limit is reached"

Answered = tuple[int, Mapping[str, str], bytes]


class Overloaded(NotNow):
    """GitHub took too long for this question: a smaller one may do."""


class Allowance:
    """What is left of one of the hourly limits, as the last answer said."""

    def __init__(self) -> None:
        self.limit = 0
        self.remaining = 1
        self.resets_at = 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        try:
            self.limit = int(headers["x-ratelimit-limit"])
            self.remaining = int(headers["x-ratelimit-remaining"])
            self.resets_at = float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return

    def free_at(self, *, reserve: bool) -> float:
        """Unix seconds at which there is something again; in the past: there is."""
        kept = int(self.limit * RESERVED_SHARE) if reserve else 0
        return self.resets_at if self.remaining <= kept else 0.0


class Gate:
    """The limits of one installation, or of the App itself. `connect` gives the session."""

    def __init__(
        self,
        connect: Callable[[], aiohttp.ClientSession],
        *,
        pause_seconds: float = PAUSE_SECONDS,
        reserve: bool = True,
    ) -> None:
        self._connect = connect
        self._reserve = reserve
        self._pause_seconds = pause_seconds
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self.allowances: defaultdict[str, Allowance] = defaultdict(Allowance)
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._closed_until = 0.0
        self._untold = 0

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """GitHub's answer, whatever it is, but for limits and outages: those raise `NotNow`."""
        kind = GRAPHQL if url.endswith("/graphql") else REST
        async with self._slots:
            for last in (*[False] * (TRIES - 1), True):
                await self._wait(kind)
                try:
                    async with self._connect().request(method, url, headers=headers, data=body) as response:
                        answer = response.status, response.headers, await response.read()
                except TimeoutError:
                    CALLS.labels("github", "0").inc()
                    if kind == GRAPHQL or last:
                        raise Overloaded.after("GitHub did not answer in time.", MINUTE_SECONDS) from None
                except (aiohttp.ClientError, OSError) as problem:
                    CALLS.labels("github", "0").inc()
                    if last:
                        reason = unreachable("GitHub", "GITHUB_API_URL", problem)
                        raise NotNow.after(reason, MINUTE_SECONDS) from None
                else:
                    CALLS.labels("github", str(answer[0])).inc()
                    if not self._note(kind, *answer) and answer[0] < 500:
                        return answer
                    if answer[0] in (502, 504) and kind == GRAPHQL:
                        raise Overloaded.after("GitHub took too long to answer.", MINUTE_SECONDS)
                    if answer[0] >= 500 and last:
                        raise NotNow.after(f"GitHub answers {answer[0]}.", MINUTE_SECONDS)
                await asyncio.sleep(self._pause_seconds)
        raise NotNow(f"{LIMIT_REACHED}.", _moment(self._closed_until), limit=True)

    def close_until(self, seconds: float) -> NotNow:
        """No more calls before this Unix second; the exception to raise."""
        self._closed_until = max(self._closed_until, seconds)
        return NotNow(f"{LIMIT_REACHED}.", _moment(seconds), limit=True)

    def exhausted(self, kind: str) -> NotNow:
        """GraphQL says so with status 200."""
        return self.close_until(max(self.allowances[kind].resets_at, time.time() + UNTOLD_WAIT_SECONDS))

    async def _wait(self, kind: str) -> None:
        now = time.time()
        free_at = max(self._closed_until, self.allowances[kind].free_at(reserve=self._reserve), self._next_turn(kind))
        if free_at > now + LONGEST_WAIT_SECONDS:
            raise NotNow(f"{LIMIT_REACHED}.", _moment(free_at), limit=True)
        if free_at > now:
            await asyncio.sleep(free_at - now)
        self._sent[kind].append(time.time())

    def _next_turn(self, kind: str) -> float:
        sent = self._sent[kind]
        while sent and sent[0] < time.time() - MINUTE_SECONDS:
            sent.popleft()
        return sent[0] + MINUTE_SECONDS if len(sent) >= MOST_A_MINUTE[kind] else 0.0

    def _note(self, kind: str, status: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it was refused because of a limit."""
        allowance = self.allowances[headers.get("x-ratelimit-resource", kind)]
        allowance.note(headers)
        if status not in (403, 429):
            self._untold = 0 if status < 400 else self._untold
            return False
        retry_after = headers.get("retry-after", "")
        if retry_after.isdigit():
            self.close_until(time.time() + int(retry_after))
        elif "x-ratelimit-reset" in headers and allowance.remaining == 0:
            self.close_until(allowance.resets_at)
        elif status == 429 or b"rate limit" in body.lower():
            self._untold += 1
            seconds = min(LONGEST_UNTOLD_SECONDS, UNTOLD_WAIT_SECONDS * 2 ** (self._untold - 1))
            self.close_until(time.time() + seconds)
        else:
            return False
        return True


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

"""Posts what nobody asked for in this moment: digests, and what comes after them.

chat.postMessage has no key that would make it safe to repeat. So every attempt ends in one of four ways, and only what
is certainly not in the channel is tried again.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answer import Answer
from bot.slack.limits import HISTORY_PAGE, fit
from bot.slack.pace import Pace

TIMEOUT_SECONDS = 30
ATTEMPTS = 4
PAUSE_SECONDS = 2.0
# Slack may ask for more; then it is for the caller to come back later.
LONGEST_PAUSE_SECONDS = 30.0
# Without the word of Slack's own.
DEFAULT_RETRY_SECONDS = 30.0
REFUSED_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"}
# The methods' pages say so: nothing was done.
NOT_DONE = {"ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable"}
# "It's possible some aspect of the operation succeeded before the error was raised."
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
MAY_BE_DONE = {"fatal_error", "internal_error", "request_timeout"}
EVENT_TYPE = "devmetrics_digest"
# Our database's clock and Slack's may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=10)
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Posted:
    ts: str


@dataclass(frozen=True, slots=True)
class NotPosted:
    """Certainly not, but it may well be later."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not, and trying again is no use. Slack's own word: channel_not_found, is_archived ..."""

    code: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may be in the channel or not."""

    reason: str


Outcome = Posted | NotPosted | Refused | Unsure


class HistoryClosed(Exception):
    """The channel's history cannot be read: the scope was not given, or devmetrics is not in the channel."""


class HistoryAway(Exception):
    """Slack does not answer now; later it may."""


class Poster:
    """Posts as the bot of one workspace, at Slack's pace."""

    def __init__(self, token: str, api_url: str, pace: Pace | None = None) -> None:
        # Without the SDK's handlers: they repeat what may have arrived.
        self._client = AsyncWebClient(token, f"{api_url.rstrip('/')}/", TIMEOUT_SECONDS, retry_handlers=[])
        self._pace = pace or Pace()

    async def post(self, channel: str, answer: Answer, plain: Answer | None = None) -> Outcome:
        """Tries again, as Slack asks, as long as the message is certainly not there. `channel`: or a user's id.

        `plain` says the same without charts, for a workspace that refuses them.
        """
        outcome: Outcome = NotPosted("not tried")
        for attempt in range(1, ATTEMPTS + 1):
            async with self.turn(channel):
                outcome = await self.attempt(channel, answer, plain)
            if attempt == ATTEMPTS or not await self.worth_waiting(outcome, attempt):
                break
        return outcome

    async def worth_waiting(self, outcome: Outcome, attempt: int) -> bool:
        """True after the pause that Slack asked for; False when there is nothing to repeat, or not so soon."""
        if not isinstance(outcome, NotPosted):
            return False
        seconds = PAUSE_SECONDS * attempt if outcome.retry_after is None else outcome.retry_after
        if seconds > LONGEST_PAUSE_SECONDS:
            return False
        await self._pace.pause(seconds)
        return True

    def turn(self, channel: str) -> AbstractAsyncContextManager[None]:
        """When a message may go to this channel: until it is left, no other one may."""
        return self._pace.turn(channel)

    async def attempt(
        self,
        channel: str,
        answer: Answer,
        plain: Answer | None = None,
        run_id: str | None = None,
        thread_ts: str | None = None,
    ) -> Outcome:
        """Once, and at once; again only without charts. `run_id` goes with the message, for `find`."""
        outcome = await self._send(channel, answer, run_id, thread_ts)
        if isinstance(outcome, Refused) and outcome.code in REFUSED_BLOCKS and plain is not None:
            return await self._send(channel, plain, run_id, thread_ts)
        return outcome

    async def find(self, channel: str, run_id: str, since: datetime, thread_ts: str | None = None) -> str | None:
        """The ts of the message with this run id, posted at `since` or later. Raises `HistoryClosed`, `HistoryAway`."""
        page_of: dict[str, Any] = {"channel": channel, "limit": HISTORY_PAGE, "include_all_metadata": True}
        page_of["oldest"] = str((since - CLOCKS_DIFFER).timestamp())
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            try:
                if thread_ts is None:
                    page = await self._client.conversations_history(**page_of, cursor=cursor)
                else:
                    page = await self._client.conversations_replies(ts=thread_ts, **page_of, cursor=cursor)
            except SlackApiError as error:
                if isinstance(_meaning(error), Refused):
                    raise HistoryClosed(str(error.response.get("error"))) from error
                raise HistoryAway from error
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise HistoryAway from error
            for message in page.get("messages") or []:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("run_id") == run_id:
                    return str(message["ts"])
            if not page.get("has_more"):
                return None
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        raise HistoryClosed("too many messages")

    async def _send(self, channel: str, answer: Answer, run_id: str | None, thread_ts: str | None) -> Outcome:
        answer = fit(answer)
        more: dict[str, Any] = {} if thread_ts is None else {"thread_ts": thread_ts}
        if run_id is not None:
            more["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"run_id": run_id}}
        try:
            response = await self._client.chat_postMessage(
                channel=channel,
                text=answer.text,
                blocks=answer.blocks or None,
                unfurl_links=False,
                unfurl_media=False,
                **more,
            )
        except SlackApiError as error:
            return _meaning(error)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotPosted(f"Slack could not be reached ({type(error).__name__})")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Unsure(f"the connection to Slack was lost ({type(error).__name__})")
        return Posted(str(response["ts"]))


def _meaning(error: SlackApiError) -> NotPosted | Refused | Unsure:
    status, data = error.response.status_code, error.response.data
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    retry_after = _seconds(error.response.headers.get("Retry-After"))
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in NOT_DONE:
        wait = DEFAULT_RETRY_SECONDS if retry_after is None else retry_after
        return NotPosted(f"Slack asked to wait ({code or status})", wait)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NotPosted(f"Slack is not available ({status})", retry_after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in MAY_BE_DONE or not code:
        return Unsure(f"Slack failed ({code or status})")
    return Refused(code)


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdigit() else None

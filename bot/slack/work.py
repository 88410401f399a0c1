"""Acknowledge first, work after, and never leave anybody without an answer.

Slack waits three seconds for the acknowledgement. Bolt's own error handler is no place for what fails after it: an
error within 10 ms of `ack` makes Bolt forget that it acknowledged (AsyncioListenerRunner sets `ack.response` to None).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.slack.messages.notice import notice
from bot.slack.reply import NotDelivered, reply
from handlers.failures import first_line, is_transient, where

logger = structlog.get_logger(__name__)

TOO_SLOW = "This took too long and was stopped. Try again, or ask for a shorter period."
AWAY = "The database does not answer right now. Try again in a minute."
SLACK_REFUSED = "Slack did not take the answer. Look whether it is there, and ask again if not."
BROKEN = "Something went wrong in devmetrics, not in what you typed. Try again; if it stays, tell your administrator."
UNKNOWN = "devmetrics does not know this button or command: it may be of another version. Try `/devmetrics help`."

Payload = dict[str, Any]
Listener = Callable[[Payload], Coroutine[Any, Any, None]]


class Work:
    """What is being worked on after it was acknowledged."""

    def __init__(self) -> None:
        self._in_hand: set[asyncio.Task[None]] = set()

    def acknowledged(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """A listener for Bolt, from a function that gets the request's body."""

        async def acknowledge(ack: AsyncAck, body: Payload) -> None:
            await ack()
            task = asyncio.create_task(_explained(listener, body), name="work for Slack")
            # The loop alone would not keep it alive.
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

        return acknowledge

    async def finish(self, seconds: float | None = None) -> None:
        """Wait for what is in hand, so long at most."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=seconds)


def answer_unknown(bolt: AsyncApp) -> None:
    """200 also for events that nobody asked for: Slack would send them three times more."""

    async def explain(error: Exception, body: Payload) -> BoltResponse | None:
        response_url = body.get("response_url")
        if not isinstance(error, BoltUnhandledRequestError):
            await _explain(error, response_url)
        elif response_url:
            await _tell(response_url, UNKNOWN)
        return BoltResponse(status=200, body="")

    bolt.error(explain)


async def _explained(listener: Listener, body: Payload) -> None:
    try:
        await listener(body)
    except Exception as error:  # noqa: BLE001 (the edge: a person waits for an answer, whatever failed)
        await _explain(error, body.get("response_url"))


async def _explain(error: Exception, response_url: str | None) -> None:
    reference = secrets.token_hex(4)
    logger.error("a request of Slack's failed", reference=reference, reason=first_line(error), where=where(error))
    if response_url:
        await _tell(response_url, f"{_sentence(error)} (reference `{reference}`)")


async def _tell(response_url: str, sentence: str) -> None:
    try:
        await reply(response_url, notice(sentence))
    except (NotDelivered, SlackClientError, OSError, TimeoutError) as error:
        logger.error("Slack did not take the explanation either", reason=first_line(error))


def _sentence(error: Exception) -> str:
    match error:
        case NotDelivered() | SlackClientError():
            return SLACK_REFUSED
        case TimeoutError():
            return TOO_SLOW
        case _:
            return AWAY if is_transient(error) else BROKEN

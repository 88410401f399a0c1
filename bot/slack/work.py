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
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.limits import ACKNOWLEDGE_SECONDS
from bot.slack.messages.notice import notice
from bot.slack.messages.subscribe_form import failed_form
from bot.slack.mrkdwn import escape
from bot.slack.reply import NotDelivered, reply
from handlers.failures import first_line, is_transient, kind_of, where
from storage.refusal import Refused

logger = structlog.get_logger(__name__)

TOO_SLOW = "This took too long and was stopped. Try again, or ask for a shorter period."
AWAY = "The database does not answer right now. Try again in a minute."
SLACK_REFUSED = "Slack did not take the answer. Look whether it is there, and ask again if not."
BROKEN = "Something went wrong in devmetrics, not in what you typed. Try again; if it stays, tell your administrator."
UNKNOWN = "devmetrics does not know this button or command: it may be of another version. Try `/devmetrics help`."

Payload = dict[str, Any]
Listener = Callable[[Payload], Coroutine[Any, Any, None]]


class Work:
    """What is being worked on after it was acknowledged. `client` reaches a person who waits where nothing can be
    answered: in App Home. `admit` raises `Refused` while nobody is answered at all."""

    def __init__(self, client: AsyncWebClient, admit: Callable[[], Awaitable[None]]) -> None:
        self._client = client
        self._admit = admit
        self._in_hand: set[asyncio.Task[None]] = set()

    def acknowledged(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        """A listener for Bolt, from a function that gets the request's body."""

        async def admitted(body: Payload) -> None:
            await self._admit()
            await listener(body)

        async def acknowledge(ack: AsyncAck, body: Payload) -> None:
            await ack()
            self.begin(admitted(body), body)

        return acknowledge

    def answered(self, listener: Callable[[Payload], Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[None]]:
        """A listener for Bolt, from a function whose result is the acknowledgement: that of a form."""

        async def acknowledge(ack: AsyncAck, body: Payload) -> None:
            try:
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS * 0.8):
                    await self._admit()
                    answer = await listener(body)
            except Exception as error:  # noqa: BLE001 (the edge: a person waits for an answer, whatever failed)
                view = failed_form(body["view"], notice(_explanation(error)))
                answer = {"response_action": "update", "view": view}
            await ack(**answer)

        return acknowledge

    def begin(self, work: Coroutine[Any, Any, None], body: Payload) -> None:
        """`body`: of the request that it is done for; whoever sent it is told when it fails."""
        task = asyncio.create_task(self._explained(work, body), name="work for Slack")
        # The loop alone would not keep it alive.
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def finish(self, seconds: float | None = None) -> None:
        """Wait for what is in hand, so long at most."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=seconds)

    async def _explained(self, work: Coroutine[Any, Any, None], body: Payload) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 (the edge: a person waits for an answer, whatever failed)
            await self.explain(error, body)

    async def explain(self, error: Exception, body: Payload) -> None:
        await self.tell(body, _explanation(error))

    async def tell(self, body: Payload, sentence: str) -> None:
        try:
            if response_url := body.get("response_url"):
                await reply(response_url, notice(sentence))
            elif "actions" in body:
                await self._client.chat_postMessage(channel=body["user"]["id"], text=sentence)
        except (NotDelivered, SlackClientError, OSError, TimeoutError) as error:
            logger.error("Slack did not take the explanation either", reason=first_line(error))


def answer_unknown(bolt: AsyncApp, work: Work) -> None:
    """200 also for events that nobody asked for: Slack would send them three times more."""

    async def explain(error: Exception, body: Payload) -> BoltResponse | None:
        if isinstance(error, BoltUnhandledRequestError):
            await work.tell(body, UNKNOWN)
        else:
            await work.explain(error, body)
        return BoltResponse(status=200, body="")

    bolt.error(explain)


def _explanation(error: Exception) -> str:
    return escape(str(error)) if isinstance(error, Refused) else _sentence(error, _log(error))


def _log(error: Exception) -> str:
    """The reference by which it is found in the log."""
    reference = secrets.token_hex(4)
    logger.error("a request of Slack's failed", reference=reference, reason=kind_of(error), where=where(error))
    return reference


def _sentence(error: Exception, reference: str) -> str:
    match error:
        case NotDelivered() | SlackClientError():
            said = SLACK_REFUSED
        case TimeoutError():
            said = TOO_SLOW
        case _:
            said = AWAY if is_transient(error) else BROKEN
    return f"{said} (reference `{reference}`)"

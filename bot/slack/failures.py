"""Nobody is left without an answer: what a person reads when something failed, and what the log keeps of it."""

import secrets
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.slack.messages.notice import notice
from bot.slack.reply import NotDelivered, reply
from handlers.failures import first_line, is_transient, where

logger = structlog.get_logger(__name__)

TOO_SLOW = "This took too long and was stopped. Try again, or ask for a shorter period."
AWAY = "The database does not answer right now. Try again in a minute."
BROKEN = "Something went wrong in devmetrics, not in what you typed. Try again; if it stays, tell your administrator"
UNKNOWN = "devmetrics does not know this button or command: it may be of another version. Try `/devmetrics help`."


def answer_failures(bolt: AsyncApp) -> None:
    async def explain(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
        """After `ack` Bolt tells nobody of an error but this function, and the person waits for nothing."""
        response_url = body.get("response_url")
        if isinstance(error, BoltUnhandledRequestError):
            # 200 also for events that nobody asked for: Slack would send them three times more.
            if response_url:
                await reply(response_url, notice(UNKNOWN))
            return BoltResponse(status=200, body="")
        reference = secrets.token_hex(4)
        logger.error("slack request failed", reference=reference, reason=first_line(error), where=where(error))
        if response_url:
            await _tell(response_url, f"{_sentence(error)} (reference `{reference}`)", reference)
        return None

    bolt.error(explain)


async def _tell(response_url: str, sentence: str, reference: str) -> None:
    try:
        await reply(response_url, notice(sentence))
    except (NotDelivered, OSError, TimeoutError) as error:
        logger.error("slack did not take the explanation either", reference=reference, reason=first_line(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return TOO_SLOW
    if is_transient(error):
        return AWAY
    return BROKEN

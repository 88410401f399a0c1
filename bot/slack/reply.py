"""Answers a person through the response_url that came with what they did."""

from http import HTTPStatus

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.slack.answer import Answer
from bot.slack.limits import fit

TIMEOUT_SECONDS = 10
ATTEMPTS_MORE = 2
# Slack refuses blocks with one of these words; the text alone is then better than nothing.
REFUSED_BLOCKS = ("invalid_blocks", "msg_blocks_too_long", "invalid_attachments")


class NotDelivered(Exception):
    """Slack did not take the answer; the text says why, without the address (whoever has it can post)."""


async def reply(response_url: str, answer: Answer, *, in_channel: bool = False, replace: bool = False) -> None:
    """To the asker alone, or to the channel; in place of the message with the button, or below it."""
    answer = fit(answer)
    response = await _send(response_url, answer, in_channel=in_channel, replace=replace)
    if response.status_code != HTTPStatus.OK and any(word in (response.body or "") for word in REFUSED_BLOCKS):
        response = await _send(
            response_url, Answer(answer.text, [], answer.understood), in_channel=in_channel, replace=replace
        )
    if response.status_code != HTTPStatus.OK:
        raise NotDelivered(f"Slack answered {response.status_code}: {(response.body or '')[:100]}")


async def _send(response_url: str, answer: Answer, *, in_channel: bool, replace: bool) -> WebhookResponse:
    client = AsyncWebhookClient(
        response_url, timeout=TIMEOUT_SECONDS, retry_handlers=_retries(may_repeat=replace or not in_channel)
    )
    return await client.send(
        text=answer.text,
        blocks=answer.blocks or None,
        response_type="in_channel" if in_channel else "ephemeral",
        replace_original=replace,
    )


def _retries(*, may_repeat: bool) -> list[AsyncRetryHandler]:
    """429 was certainly not delivered. After a 5xx or a lost connection it may have been: only what is private, or
    replaces itself, is sent again, never a message to a channel."""
    retries: list[AsyncRetryHandler] = [AsyncRateLimitErrorRetryHandler(max_retry_count=ATTEMPTS_MORE)]
    if may_repeat:
        retries += [
            AsyncServerErrorRetryHandler(max_retry_count=ATTEMPTS_MORE),
            AsyncConnectionErrorRetryHandler(max_retry_count=ATTEMPTS_MORE),
        ]
    return retries

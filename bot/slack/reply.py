"""Answers a person through the response_url that came with what they did."""

import asyncio
from http import HTTPStatus

from aiohttp import ClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.slack.answer import Answer
from bot.slack.limits import fit

TIMEOUT_SECONDS = 10
ATTEMPTS = 3
PAUSE_SECONDS = 0.5
# Slack refuses blocks with one of these words; the text alone is then better than nothing.
REFUSED_BLOCKS = ("invalid_blocks", "msg_blocks_too_long", "invalid_attachments")


class NotDelivered(Exception):
    """Slack did not take the answer; the text says why, without the address (whoever has it can post)."""


async def reply(response_url: str, answer: Answer, *, in_channel: bool = False, replace: bool = False) -> None:
    """To the asker alone, or to the channel; in place of the message with the button, or below it."""
    answer = fit(answer)
    response = await _send(response_url, answer, in_channel=in_channel, replace=replace)
    if response.status_code != HTTPStatus.OK and any(word in (response.body or "") for word in REFUSED_BLOCKS):
        text_alone = Answer(answer.text, [], answer.understood)
        response = await _send(response_url, text_alone, in_channel=in_channel, replace=replace)
    if response.status_code != HTTPStatus.OK:
        raise NotDelivered(f"Slack answered {response.status_code}: {(response.body or '')[:100]}")


async def _send(response_url: str, answer: Answer, *, in_channel: bool, replace: bool) -> WebhookResponse:
    """After a 5xx or a lost connection the answer may have arrived all the same: what is private, or replaces itself,
    is sent again, never a message to a channel. 429 certainly did not arrive."""
    client = AsyncWebhookClient(
        response_url,
        timeout=TIMEOUT_SECONDS,
        # The SDK's handlers for connections and 5xx are not used: its webhook client knows no 5xx, and repeats.
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=ATTEMPTS - 1)],
    )
    attempts = ATTEMPTS if replace or not in_channel else 1
    for attempt in range(1, attempts + 1):
        try:
            response = await client.send(
                text=answer.text,
                blocks=answer.blocks or None,
                response_type="in_channel" if in_channel else "ephemeral",
                replace_original=replace,
            )
        except (ClientError, TimeoutError) as error:
            if attempt == attempts:
                raise NotDelivered(f"Slack could not be reached ({type(error).__name__})") from error
        else:
            if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or attempt == attempts:
                return response
        await asyncio.sleep(PAUSE_SECONDS * attempt)
    raise AssertionError("the last attempt returns or raises")

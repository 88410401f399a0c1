"""What people do in Slack, and what they get: commands, the period menu, the share button."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.answer import Answer
from bot.slack.messages.controls import (
    PERIOD_MENU,
    SHARE_BUTTON,
    Question,
    question_of_button,
    question_of_menu,
    shared_answer,
    without_share_button,
)
from bot.slack.messages.notice import notice
from bot.slack.reply import reply

COMMAND = "/devmetrics"
# A person who waits longer has gone; Slack itself would wait 30 minutes.
LONGEST_WAIT_SECONDS = 25
OUTDATED = "This button is from an older version of devmetrics. Ask again with `/devmetrics`."

Ask = Callable[[str], Awaitable[Answer]]
Listener = Callable[..., Coroutine[Any, Any, None]]


def listen(bolt: AsyncApp, ask: Ask) -> set[asyncio.Task[None]]:
    """`ask` answers the text after `/devmetrics`. Every listener acknowledges first and works later.

    Returns what is being worked on at any moment: Bolt does not wait for it, nor hold on to it.
    """
    in_hand: set[asyncio.Task[None]] = set()

    def held(listener: Listener) -> Listener:
        @wraps(listener)
        async def hold(**arguments: Any) -> None:
            task = asyncio.create_task(listener(**arguments))
            in_hand.add(task)
            task.add_done_callback(in_hand.discard)
            await task

        return hold

    async def patiently(text: str) -> Answer:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            return await ask(text)

    async def answer_command(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        await reply(command["response_url"], await patiently(command.get("text") or ""))

    async def change_period(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        await ack()
        question = question_of_menu(action)
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await reply(body["response_url"], await patiently(question.words), replace=True)

    async def share(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        await ack()
        question = question_of_button(action)
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await share_answer(body, question, await patiently(question.words))

    bolt.command(COMMAND)(held(answer_command))
    bolt.action(PERIOD_MENU)(held(change_period))
    bolt.action(SHARE_BUTTON)(held(share))
    return in_hand


async def share_answer(body: dict[str, Any], question: Question, answer: Answer) -> None:
    """To the channel, once; then the private answer loses its button, so that it is not shared twice."""
    response_url = body["response_url"]
    if not answer.understood:  # the team is gone by now
        await reply(response_url, answer)
        return
    await reply(response_url, shared_answer(answer, body["user"]["id"], question), in_channel=True)
    await reply(response_url, without_share_button(answer), replace=True)

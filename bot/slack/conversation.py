"""What people do in Slack, and what they get: commands, menus and buttons."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answer import Answer
from bot.slack.membership import Membership
from bot.slack.messages.behind import EVIDENCE_BUTTON, EVIDENCE_MENU, question_of_evidence
from bot.slack.messages.controls import (
    PERIOD_MENU,
    SHARE_BUTTON,
    Question,
    question_of_button,
    question_of_menu,
    shared_answer,
    without_share_button,
)
from bot.slack.messages.deployment import BACK_BUTTON, MARK_BUTTON, question_behind, with_way_back
from bot.slack.messages.evidence import DEPLOYMENT_MENU
from bot.slack.messages.notice import notice
from bot.slack.reply import reply
from bot.slack.work import Payload, Work
from handlers.failures import first_line

logger = structlog.get_logger(__name__)

COMMAND = "/devmetrics"
# A person who waits longer has gone; Slack itself would wait 30 minutes.
LONGEST_WAIT_SECONDS = 25
ELSEWHERE = "This is of another workspace: ask somebody there, or have them share what they see."
OUTDATED = "This button is from an older version of devmetrics. Ask again with `/devmetrics`."

# The text after `/devmetrics`, and Slack's ids of who asks and of the channel.
Ask = Callable[[str, str, str], Awaitable[Answer]]


def listen(bolt: AsyncApp, work: Work, ask: Ask, client: AsyncWebClient) -> None:
    """`ask` answers what people ask; `client` opens forms."""
    membership = Membership(client)

    async def patiently(text: str, body: Payload) -> Answer:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            return await ask(text, *asker_of(body)) if await membership.has(body) else notice(ELSEWHERE)

    async def answer_command(body: Payload) -> None:
        answer = await patiently(body.get("text", ""), body)
        if answer.modal is None or not await open_form(client, str(body.get("trigger_id")), answer.modal):
            await reply(body["response_url"], answer)

    async def change_period(body: Payload) -> None:
        question = question_of_menu(body["actions"][0])
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await reply(body["response_url"], await patiently(question.words, body), replace=True)

    async def share(body: Payload) -> None:
        question = question_of_button(body["actions"][0])
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await share_answer(body, question, await patiently(question.words, body))

    async def show_evidence(body: Payload) -> None:
        """To whoever asks, below a message that belongs to everybody."""
        question = question_of_evidence(body["actions"][0])
        answer = notice(OUTDATED) if question is None else await patiently(question.words, body)
        await reply(body["response_url"], answer)

    async def look(body: Payload, text: str, question: Question | None) -> None:
        answer = await patiently(text, body)
        await reply(body["response_url"], with_way_back(answer, question) if question else answer, replace=True)

    async def look_at_deployment(body: Payload) -> None:
        [action] = body["actions"]
        chosen = action.get("selected_option") or {}
        await look(body, f"mark {chosen.get('value', '')}", question_behind(action))

    async def mark_deployment(body: Payload) -> None:
        [action] = body["actions"]
        await look(body, f"mark {action.get('value', '')}", question_behind(action))

    async def go_back(body: Payload) -> None:
        question = question_of_button(body["actions"][0])
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await reply(body["response_url"], await patiently(question.words, body), replace=True)

    bolt.command(COMMAND)(work.acknowledged(answer_command))
    bolt.action(DEPLOYMENT_MENU)(work.acknowledged(look_at_deployment))
    bolt.action(re.compile(f"^{MARK_BUTTON}"))(work.acknowledged(mark_deployment))
    bolt.action(BACK_BUTTON)(work.acknowledged(go_back))
    for action_id in (EVIDENCE_BUTTON, EVIDENCE_MENU):
        bolt.action(action_id)(work.acknowledged(show_evidence))
    bolt.action(PERIOD_MENU)(work.acknowledged(change_period))
    bolt.action(SHARE_BUTTON)(work.acknowledged(share))


async def open_form(client: AsyncWebClient, trigger_id: str, form: Payload) -> bool:
    """False: Slack does not open it, for example because three seconds have passed."""
    try:
        await client.views_open(trigger_id=trigger_id, view=form)
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        logger.warning("Slack opened no form", reason=first_line(error))
        return False
    return True


def asker_of(body: Payload) -> tuple[str, str]:
    """Who did it, and in which channel: commands and interactions say it in different fields."""
    if "command" in body:
        return str(body.get("user_id", "")), str(body.get("channel_id", ""))
    return str((body.get("user") or {}).get("id", "")), str((body.get("channel") or {}).get("id", ""))


async def share_answer(body: Payload, question: Question, answer: Answer) -> None:
    """To the channel, once; then the private answer loses its button, so that it is not shared twice."""
    response_url = body["response_url"]
    if not answer.understood:  # the team is gone by now
        await reply(response_url, answer)
        return
    await reply(response_url, shared_answer(answer, body["user"]["id"], question), in_channel=True)
    await reply(response_url, without_share_button(answer), replace=True)

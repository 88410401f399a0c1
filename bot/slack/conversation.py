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


class Conversation:
    """`ask` answers what people ask; `client` opens forms. Each listener gets the body of what Slack sent."""

    def __init__(self, ask: Ask, client: AsyncWebClient) -> None:
        self._ask = ask
        self._client = client
        self._membership = Membership(client)

    def listen(self, bolt: AsyncApp, work: Work) -> None:
        bolt.command(COMMAND)(work.acknowledged(self._answer_command))
        bolt.action(PERIOD_MENU)(work.acknowledged(self._change_period))
        bolt.action(SHARE_BUTTON)(work.acknowledged(self._share))
        for action_id in (EVIDENCE_BUTTON, EVIDENCE_MENU):
            bolt.action(action_id)(work.acknowledged(self._show_evidence))
        bolt.action(DEPLOYMENT_MENU)(work.acknowledged(self._look_at_deployment))
        bolt.action(re.compile(f"^{MARK_BUTTON}"))(work.acknowledged(self._mark_deployment))
        bolt.action(BACK_BUTTON)(work.acknowledged(self._go_back))

    async def _answer_command(self, body: Payload) -> None:
        answer = await self._answer(body.get("text", ""), body)
        if answer.modal is None or not await open_form(self._client, str(body.get("trigger_id")), answer.modal):
            await reply(body["response_url"], answer)

    async def _change_period(self, body: Payload) -> None:
        await self._replace(question_of_menu(body["actions"][0]), body)

    async def _go_back(self, body: Payload) -> None:
        """From one deployment to the evidence in which it was chosen."""
        await self._replace(question_of_button(body["actions"][0]), body)

    async def _share(self, body: Payload) -> None:
        question = question_of_button(body["actions"][0])
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await share_answer(body, question, await self._answer(question.words, body))

    async def _show_evidence(self, body: Payload) -> None:
        """To whoever asks, below a message that belongs to everybody."""
        question = question_of_evidence(body["actions"][0])
        answer = notice(OUTDATED) if question is None else await self._answer(question.words, body)
        await reply(body["response_url"], answer)

    async def _look_at_deployment(self, body: Payload) -> None:
        [action] = body["actions"]
        await self._mark((action.get("selected_option") or {}).get("value", ""), body)

    async def _mark_deployment(self, body: Payload) -> None:
        [action] = body["actions"]
        await self._mark(action.get("value", ""), body)

    async def _mark(self, words: str, body: Payload) -> None:
        """`words`: of the command `mark`; without a verdict it shows the deployment."""
        answer = await self._answer(f"mark {words}", body)
        before = question_behind(body["actions"][0])
        await reply(body["response_url"], with_way_back(answer, before) if before else answer, replace=True)

    async def _replace(self, question: Question | None, body: Payload) -> None:
        """The message by the question's answer."""
        if question is None:
            await reply(body["response_url"], notice(OUTDATED))
        else:
            await reply(body["response_url"], await self._answer(question.words, body), replace=True)

    async def _answer(self, words: str, body: Payload) -> Answer:
        """Raises TimeoutError when nobody waits for it any more."""
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            return await self._ask(words, *asker_of(body)) if await self._membership.has(body) else notice(ELSEWHERE)


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

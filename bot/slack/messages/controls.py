"""The menu and the button under an answer. They carry the question, so that nothing is kept between clicks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.answer import Answer
from bot.slack.blocks import Block, actions, button, context, option, static_select
from bot.slack.limits import BLOCK_ID, BUTTON_VALUE
from bot.slack.mrkdwn import code

PERIOD_MENU = "change_period"
SHARE_BUTTON = "share_in_channel"
SHARED = "Shared in this channel."
PERIODS = {
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "this week": "This week",
    "last week": "Last week",
    "this month": "This month",
    "last month": "Last month",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `command` without its period, for example `team platform`."""

    command: str
    period: str

    @property
    def words(self) -> str:
        return f"{self.command} {self.period}".strip()


def controls(command: str, period: str, more: Sequence[Block] = ()) -> list[Block]:
    """None for a name too long for Slack to carry. `more`: elements of this answer alone."""
    question = carried(Question(command, period))
    # One character less: a shared answer's id is one longer.
    if len(question) >= min(BLOCK_ID, BUTTON_VALUE):
        return []
    options = {value: option(label, value) for value, label in PERIODS.items()}
    menu = static_select(PERIOD_MENU, "Change the period", list(options.values()), options.get(period))
    # The id holds the period too: a changed message needs a changed id.
    # https://docs.slack.dev/reference/block-kit/blocks/actions-block
    return [actions(question, [menu, *more, button(SHARE_BUTTON, "Share in channel", question)])]


def shared_answer(answer: Answer, asker: str, question: Question) -> Answer:
    """For everybody: without controls, with who asked what, so that others can ask too. `asker`: a Slack user id."""
    asked = f"Asked by <@{asker}> with {code(f'/devmetrics {question.words}')}"
    return Answer(f"{answer.text} {asked}", [*_without_controls(answer), context(asked)])


def without_share_button(answer: Answer) -> Answer:
    """The private answer after it was shared."""
    kept: list[Block] = []
    for block in answer.blocks:
        if block["type"] == "actions":
            rest = [element for element in block["elements"] if element["action_id"] != SHARE_BUTTON]
            # A changed message needs a changed id; a space changes nothing in what it says.
            block = {**block, "block_id": block["block_id"] + " ", "elements": rest}
        kept.append(block)
    return Answer(answer.text, [*kept, context(SHARED)])


def question_of_button(action: dict[str, Any]) -> Question | None:
    return question_of_text(str(action.get("value", "")))


def question_of_menu(action: dict[str, Any]) -> Question | None:
    """The question with the period that was chosen."""
    question = question_of_text(str(action.get("block_id", "")))
    chosen = action.get("selected_option") or {}
    return question and Question(question.command, str(chosen.get("value", "")))


def carried(question: Question) -> str:
    return json.dumps([question.command, question.period], ensure_ascii=False)


def question_of_text(text: str) -> Question | None:
    """What `carried` wrote, with or without something of the message's own after it."""
    try:
        words = json.loads(text)
    except ValueError:
        return None
    match words:
        case [str(command), str(period)] | [str(command), str(period), str()]:
            return Question(command, period)
        case _:
            return None


def _without_controls(answer: Answer) -> list[Block]:
    return [block for block in answer.blocks if block["type"] != "actions"]

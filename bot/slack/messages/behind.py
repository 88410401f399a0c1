"""The button and the menu under a posted message: what its numbers were counted from, told to whoever asks."""

from typing import Any

from bot.slack.blocks import Block, actions, button, option, static_select
from bot.slack.limits import BLOCK_ID
from bot.slack.messages.controls import Question, carried, question_of_text
from bot.slack.messages.evidence import NAMES

EVIDENCE_BUTTON = "show_evidence"
EVIDENCE_MENU = "choose_evidence"


def behind(team: str, period: str, metric: str) -> list[Block]:
    """`metric`: the one of which the button tells. None for a team's name too long for Slack to carry."""
    block_id = carried(Question(f"team {team}", period))
    if len(block_id) > BLOCK_ID:
        return []
    asked = button(
        EVIDENCE_BUTTON, f"Evidence: {NAMES[metric].lower()}", carried(Question(f"team {team} {metric}", period))
    )
    others = [option(name, other) for other, name in NAMES.items() if other != metric]
    return [actions(block_id, [asked, static_select(EVIDENCE_MENU, "Evidence of another number", others, None)])]


def question_of_evidence(action: dict[str, Any]) -> Question | None:
    """Of the button, or of the menu and what was chosen in it."""
    if action.get("action_id") == EVIDENCE_BUTTON:
        return question_of_text(str(action.get("value", "")))
    question = question_of_text(str(action.get("block_id", "")))
    metric = (action.get("selected_option") or {}).get("value", "")
    return question and Question(f"{question.command} {metric}", question.period)

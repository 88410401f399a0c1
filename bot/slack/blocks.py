"""Slack's blocks, as plain dictionaries. https://docs.slack.dev/reference/block-kit/blocks"""

from collections.abc import Mapping, Sequence
from typing import Any

Block = dict[str, Any]


def mrkdwn(text: str) -> Block:
    """Verbatim: only our own markup counts, names from outside never become links or mentions."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def divider() -> Block:
    return {"type": "divider"}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, label: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label), "value": value}


def confirmation(title: str, text: str, confirm: str, deny: str) -> Block:
    """What Slack asks before it sends an action. https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    return {"title": plain(title), "text": plain(text), "confirm": plain(confirm), "deny": plain(deny)}


def option(label: str, value: str) -> Block:
    return {"text": plain(label), "value": value}


def static_select(action_id: str, placeholder: str, options: Sequence[Block], chosen: Block | None) -> Block:
    menu: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder),
        "options": list(options),
    }
    if chosen is not None:
        menu["initial_option"] = chosen
    return menu


def overflow(action_id: str, options: Sequence[Block]) -> Block:
    """Five options at most."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def channel_select(action_id: str, chosen: str | None) -> Block:
    """Public and private channels; `chosen` is an id."""
    filters = {"include": ["public", "private"], "exclude_bot_users": True}
    menu: Block = {"type": "conversations_select", "action_id": action_id, "filter": filters}
    return menu if chosen is None else {**menu, "initial_conversation": chosen}


def text_input(action_id: str, value: str, placeholder: str) -> Block:
    field: Block = {"type": "plain_text_input", "action_id": action_id, "placeholder": plain(placeholder)}
    return {**field, "initial_value": value} if value else field


def time_picker(action_id: str, value: str) -> Block:
    return {"type": "timepicker", "action_id": action_id, "initial_time": value}


def input_block(block_id: str, label: str, element: Block, hint: str | None = None, *, optional: bool = False) -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": plain(label), "element": element}
    if optional:
        block["optional"] = True
    return block if hint is None else {**block, "hint": plain(hint)}


def bar_chart(
    title: str, categories: Sequence[str], series: Mapping[str, Sequence[float]], *, x_label: str, y_label: str
) -> Block:
    """At most 20 categories of 20 characters, and 6 series, each with a value for every category.

    https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
    """
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name,
                    "data": [{"label": label, "value": value} for label, value in zip(categories, values, strict=True)],
                }
                for name, values in series.items()
            ],
            "axis_config": {"categories": list(categories), "x_label": x_label, "y_label": y_label},
        },
    }

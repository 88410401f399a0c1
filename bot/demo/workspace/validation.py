"""What Slack accepts as blocks, and what it refuses. https://docs.slack.dev/reference/block-kit/blocks

Blocks that the product does not send are unknown here, and refused: a mistake then shows in a test.
"""

import json
from collections.abc import Iterator
from typing import Any

from bot.demo.workspace.elements import ELEMENTS, IMAGE, IN_ACTIONS, IN_SECTION
from bot.demo.workspace.shapes import (
    Check,
    Shape,
    boolean,
    many,
    number,
    one_of,
    plain_text,
    string,
    text_object,
    typed,
    url,
    wrong,
)

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
# Measured by others, not documented: https://github.com/slackapi/bolt-js/issues/2509
LONGEST_MESSAGE = 13_200
MOST_CHARTS = 2

_ID: dict[str, Check] = {"block_id": string(255)}
_POINT = Shape({"label": string(20), "value": number})
_AXES = Shape({"categories": many(string(20), 20)}, {"x_label": string(50), "y_label": string(50)})
_SERIES = Shape({"name": string(20), "data": many(_POINT, 20)})
_LINES = Shape({"series": many(_SERIES, 6), "axis_config": _AXES})
CHARTS: dict[str, Check] = {
    "line": _LINES,
    "bar": _LINES,
    "area": _LINES,
    "pie": Shape({"segments": many(_POINT, 12)}),
}
CELL = typed(
    {"raw_text": Shape({"text": string(3000)}), "raw_number": Shape({"value": number}, {"text": string(100)})}, "cell"
)
IN_CONTEXT = typed({"image": IMAGE, "plain_text": plain_text(3000), "mrkdwn": text_object(3000)}, "element")
BLOCKS: dict[str, Check] = {
    "section": Shape(
        {},
        {
            **_ID,
            "text": text_object(3000),
            "fields": many(text_object(2000), 10),
            "accessory": typed(IN_SECTION, "element"),
            "expand": boolean,
        },
        any_of=("text", "fields"),
    ),
    "header": Shape({"text": plain_text(150)}, _ID),
    "divider": Shape({}, _ID),
    "context": Shape(
        {"elements": many(IN_CONTEXT, 10)},
        _ID,
    ),
    "actions": Shape({"elements": many(typed(IN_ACTIONS, "element"), 25)}, _ID),
    "image": Shape(
        {"alt_text": string(2000)},
        {**_ID, "image_url": url(), "slack_file": Shape(), "title": plain_text(2000)},
        any_of=("image_url", "slack_file"),
    ),
    "input": Shape(
        {"label": plain_text(2000), "element": typed(ELEMENTS, "element")},
        {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": Shape({"text": string(12_000)}, _ID),
    "table": Shape(
        {"rows": many(many(CELL, 20), 100)},
        {
            **_ID,
            "column_settings": many(Shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 20),
        },
    ),
    "data_visualization": Shape({"title": string(50), "chart": typed(CHARTS, "chart")}, _ID),
}
block = typed(BLOCKS, "block")


def problems_of_message(blocks: Any) -> list[str]:
    """Everything that is wrong with a message's blocks; empty when Slack would take them."""
    return [*_check(blocks, MOST_IN_MESSAGE), *_not_in_messages(blocks)]


def problems_of_view(blocks: Any) -> list[str]:
    """Of a modal or of App Home."""
    return list(_check(blocks, MOST_IN_VIEW))


def is_too_long(blocks: Any) -> bool:
    """Slack then says only `msg_blocks_too_long`. What it counts is not documented: here everything that is sent."""
    return len(json.dumps(blocks, ensure_ascii=False)) > LONGEST_MESSAGE


def _check(blocks: Any, most: int) -> Iterator[str]:
    yield from many(block, most)(blocks, "/blocks")
    if not isinstance(blocks, list):
        return
    ids = [one["block_id"] for one in blocks if isinstance(one, dict) and "block_id" in one]
    if len(set(ids)) < len(ids):
        yield wrong("block_id already exists", "/blocks")
    for index, one in enumerate(blocks):
        yield from _check_actions(one, f"/blocks/{index}")


def _check_actions(one: Any, where: str) -> Iterator[str]:
    elements = one.get("elements") if isinstance(one, dict) and one.get("type") == "actions" else None
    if not isinstance(elements, list):
        return
    ids = [element["action_id"] for element in elements if isinstance(element, dict) and "action_id" in element]
    if len(set(ids)) < len(ids):
        yield wrong("action_id already exists", where)
    for element in elements:
        chosen = element.get("initial_option") if isinstance(element, dict) else None
        if chosen is not None and chosen not in element.get("options", []):
            yield wrong("initial_option must be one of the options", where)


def _not_in_messages(blocks: Any) -> Iterator[str]:
    if not isinstance(blocks, list):
        return
    kinds = [one.get("type") for one in blocks if isinstance(one, dict)]
    if kinds.count("data_visualization") > MOST_CHARTS:
        yield wrong(f"no more than {MOST_CHARTS} charts allowed", "/blocks")
    if kinds.count("table") > 1:
        yield wrong("only_one_table_allowed", "/blocks")

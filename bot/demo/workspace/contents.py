"""A message or view before it is accepted: text and blocks together."""

import json
from typing import Any

from bot.demo.workspace.refusal import Refused
from bot.demo.workspace.shapes import one_of, plain_text, string
from bot.demo.workspace.state import Json
from bot.demo.workspace.validation import is_too_long, problems_of_message, problems_of_view

LONGEST_TEXT = 40_000
LONGEST_TITLE = 24
LONGEST_METADATA = 3000


def read_message(arguments: Json) -> tuple[str, list[Json]]:
    """The text and blocks of a message. Raises `Refused`.

    Stricter than Slack in one point: blocks without `text` are refused, since a screen reader reads nothing else.
    """
    text = arguments.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("no_text")
    if len(text) > LONGEST_TEXT:
        raise Refused("msg_too_long")
    blocks = _decoded(arguments.get("blocks")) or []
    if problems := problems_of_message(blocks) if blocks else []:
        raise Refused("invalid_blocks", problems)
    if is_too_long(blocks):
        raise Refused("msg_blocks_too_long")
    return text, blocks


def read_view(value: Any, kind: str) -> Json:
    """A view for `views.open` (kind modal) or `views.publish` (home). Raises `Refused`."""
    view = _decoded(value)
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view"])
    problems = list(one_of(kind)(view.get("type"), "/view/type"))
    if kind == "modal":
        problems += plain_text(LONGEST_TITLE)(view.get("title"), "/view/title")
    for name, longest in (("private_metadata", LONGEST_METADATA), ("callback_id", 255), ("external_id", 255)):
        problems += string(longest, 0)(view.get(name, ""), f"/view/{name}")
    for name in ("submit", "close"):
        if name in view:
            problems += plain_text(LONGEST_TITLE)(view[name], f"/view/{name}")
    problems += problems_of_view(view.get("blocks"))
    if problems:
        raise Refused("invalid_arguments", problems)
    return view


def _decoded(value: Any) -> Any:
    """Arguments of a form are JSON in text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise Refused("invalid_arguments") from error

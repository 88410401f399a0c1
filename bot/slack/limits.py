"""Every number of Slack's, and the one place in which an answer is made to fit them.

Messages keep themselves short ("and 62 more"); this is the last resort, so that an answer is never refused.
"""

import json
from dataclasses import replace

from bot.slack.answer import Answer
from bot.slack.blocks import Block, context

# https://docs.slack.dev/reference/block-kit/blocks
BLOCKS = 50
SECTION_TEXT = 3000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
BLOCK_ID = 255
BUTTON_VALUE = 2000
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS = 100
# Slack's own advice; far beyond it (40,000) it cuts. https://docs.slack.dev/reference/methods/chat.postMessage
MESSAGE_TEXT = 4000
# Slack refuses a message of some 13,200 characters over all its blocks, and keeps a buffer for each block of
# which it tells nothing: https://github.com/slackapi/bolt-js/issues/2509
MESSAGE_SIZE = 12_000
# What a person reads of a digest; our own limit, not Slack's.
DIGEST_TEXT = 1500
# Seconds between two messages to one channel, and between any two of the workspace: "several hundred per minute".
# https://docs.slack.dev/apis/web-api/rate-limits
CHANNEL_SECONDS = 1.0
WORKSPACE_SECONDS = 0.25
# The most messages of a channel's history that come at once. https://docs.slack.dev/reference/methods/conversations.history
HISTORY_PAGE = 200
# Seconds in which a request must be acknowledged or its form opened.
ACKNOWLEDGE_SECONDS = 3

SHORTENED = "_Shortened: the whole answer is longer than Slack allows._"


def size_of(blocks: list[Block]) -> int:
    """Characters of the blocks as they are sent; more than Slack counts, never less."""
    return len(json.dumps(blocks, ensure_ascii=False))


def fit(answer: Answer) -> Answer:
    """The answer with whatever is too long cut, and a word about it. The last block (buttons) stays."""
    blocks = [_fit_block(block) for block in answer.blocks]
    if len(blocks) > BLOCKS or size_of(blocks) > MESSAGE_SIZE:
        blocks = _drop(blocks)
    return replace(answer, text=cut(answer.text, MESSAGE_TEXT), blocks=blocks)


def _fit_block(block: Block) -> Block:
    limit = HEADER_TEXT if block["type"] == "header" else SECTION_TEXT
    if block["type"] in {"header", "section"}:
        return {**block, "text": _fit_text(block["text"], limit)}
    if block["type"] == "context":
        return {**block, "elements": [_fit_text(text, SECTION_TEXT) for text in block["elements"][:CONTEXT_ELEMENTS]]}
    return block


def _fit_text(text: Block, limit: int) -> Block:
    return {**text, "text": cut(text["text"], limit)}


def cut(text: str, limit: int) -> str:
    """Cuts escaped text, never in the middle of an entity or a link."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    if kept.rfind("&") > kept.rfind(";"):
        kept = kept[: kept.rfind("&")]
    if kept.rfind("<") > kept.rfind(">"):
        kept = kept[: kept.rfind("<")]
    return kept.rstrip() + "…"


def _drop(blocks: list[Block]) -> list[Block]:
    tail = [blocks[-1]] if blocks[-1]["type"] == "actions" else []
    kept = blocks[: len(blocks) - len(tail)]
    note = [context(SHORTENED)]
    while len(kept) + len(note) + len(tail) > BLOCKS or size_of(kept + note + tail) > MESSAGE_SIZE:
        kept = kept[:-1]
    return kept + note + tail

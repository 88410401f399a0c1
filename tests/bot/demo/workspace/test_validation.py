"""What Slack's documentation says it refuses is refused. https://docs.slack.dev/reference/block-kit"""

from typing import Any

import pytest

from bot.demo.workspace.validation import is_too_long, problems_of_message, problems_of_view

Block = dict[str, Any]


def mrkdwn(text: str = "x") -> Block:
    return {"type": "mrkdwn", "text": text}


def plain(text: str = "x") -> Block:
    return {"type": "plain_text", "text": text}


def section(**fields: Any) -> Block:
    return {"type": "section", "text": mrkdwn(), **fields}


def button(**fields: Any) -> Block:
    return {"type": "button", "text": plain(), "action_id": "a", **fields}


def option(value: str = "v", **fields: Any) -> Block:
    return {"text": plain(), "value": value, **fields}


def menu(**fields: Any) -> Block:
    return {"type": "static_select", "action_id": "m", "options": [option()], **fields}


def actions(*elements: Block, **fields: Any) -> Block:
    return {"type": "actions", "elements": list(elements), **fields}


def chart(**fields: Any) -> Block:
    point = {"label": "Mon", "value": 3}
    lines = {
        "type": "line",
        "series": [{"name": "Deploys", "data": [point]}],
        "axis_config": {"categories": ["Mon"], "x_label": "Day"},
    }
    return {"type": "data_visualization", "title": "Deploys", "chart": lines | fields}


GOOD: dict[str, Block] = {
    "section": section(block_id="b", expand=True),
    "fields alone": {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    "an accessory": section(accessory={"type": "image", "image_url": "https://a.b/c.png", "alt_text": "a"}),
    "the longest section": section(text=mrkdwn("x" * 3000)),
    "the longest header": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [mrkdwn()] * 10},
    "actions": actions(button(value="x" * 2000), menu(initial_option=option()), block_id="x" * 255),
    "image": {"type": "image", "image_url": "https://a.b/c.png", "alt_text": "a", "title": plain()},
    "markdown": {"type": "markdown", "text": "x" * 12_000},
    "table": {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}, {"type": "raw_number", "value": 1}]]},
    "chart": chart(),
    "pie": {
        "type": "data_visualization",
        "title": "x",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1.5}]},
    },
}
BAD: dict[str, Block | Any] = {
    "no object": "section",
    "no type": {"text": mrkdwn()},
    "an unknown type": {"type": "sektion", "text": mrkdwn()},
    "an unknown field": section(colour="red"),
    "a section without text": {"type": "section"},
    "an empty text": section(text=mrkdwn("")),
    "too long a section": section(text=mrkdwn("x" * 3001)),
    "text that is no string": section(text={"type": "mrkdwn", "text": 3}),
    "too many fields": section(fields=[mrkdwn()] * 11),
    "too long a field": section(fields=[mrkdwn("x" * 2001)]),
    "mrkdwn in a header": {"type": "header", "text": mrkdwn()},
    "too long a header": {"type": "header", "text": plain("x" * 151)},
    "emoji on mrkdwn": section(text={**mrkdwn(), "emoji": True}),
    "verbatim on plain text": {"type": "header", "text": {**plain(), "verbatim": True}},
    "no boolean": section(expand="yes"),
    "an empty context": {"type": "context", "elements": []},
    "too many in a context": {"type": "context", "elements": [mrkdwn()] * 11},
    "a button in a context": {"type": "context", "elements": [button()]},
    "no actions": actions(),
    "too many actions": actions(*(button(action_id=str(n)) for n in range(26))),
    "the same action twice": actions(button(), button()),
    "too long an id": section(block_id="x" * 256),
    "too long a button": actions(button(text=plain("x" * 76))),
    "too long a value": actions(button(value="x" * 2001)),
    "an unknown style": actions(button(style="loud")),
    "a menu without options": actions({"type": "static_select", "action_id": "m"}),
    "too many options": actions(menu(options=[option(str(n)) for n in range(101)])),
    "too long an option": actions(menu(options=[option("x" * 151)])),
    "a choice that is no option": actions(menu(initial_option=option("w"))),
    "a text input in a message's actions": actions({"type": "plain_text_input", "action_id": "t"}),
    "an image without words": {"type": "image", "image_url": "https://a.b/c.png"},
    "an image without a source": {"type": "image", "alt_text": "a"},
    "an address that is none": {"type": "image", "image_url": "c.png", "alt_text": "a"},
    "too long markdown": {"type": "markdown", "text": "x" * 12_001},
    "too wide a table": {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]},
    "too long a chart title": {**chart(), "title": "x" * 51},
    "too many series": chart(series=[{"name": "n", "data": [{"label": "Mon", "value": 1}]}] * 7),
    "a value that is no number": chart(series=[{"name": "n", "data": [{"label": "Mon", "value": "1"}]}]),
    "too long a label": chart(axis_config={"categories": ["x" * 21]}),
}


@pytest.mark.parametrize("block", GOOD.values(), ids=GOOD)
def test_what_slack_documents_is_accepted(block: Block) -> None:
    assert problems_of_message([block]) == []


@pytest.mark.parametrize("block", BAD.values(), ids=BAD)
def test_what_slack_refuses_is_refused_with_the_place(block: Block) -> None:
    problems = problems_of_message([section(), block])

    assert problems
    assert all("[json-pointer:/blocks/1" in problem for problem in problems)


def test_a_message_has_fifty_blocks_and_a_view_a_hundred() -> None:
    assert problems_of_message([section()] * 50) == []
    assert problems_of_message([section()] * 51) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert problems_of_view([section()] * 100) == []
    assert problems_of_view([section()] * 101) != []


def test_block_ids_are_unique_and_charts_and_tables_few() -> None:
    assert problems_of_message([section(block_id="b"), section(block_id="b")]) != []
    assert problems_of_message([chart(), chart()]) == []
    assert problems_of_message([chart(), chart(), chart()]) != []
    assert problems_of_message([GOOD["table"], GOOD["table"]]) != []


def test_no_list_is_no_message() -> None:
    assert problems_of_message({"type": "section"}) != []
    assert problems_of_message(None) != []


def test_a_whole_message_has_a_size() -> None:
    assert not is_too_long([section(text=mrkdwn("x" * 3000))] * 4)
    assert is_too_long([section(text=mrkdwn("x" * 3000))] * 5)

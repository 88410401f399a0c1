"""What is too long is cut in one place, and Slack never refuses it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.demo.workspace.validation import is_too_long, problems_of_message
from bot.slack.answer import Answer
from bot.slack.blocks import actions, button, context, divider, header, section
from bot.slack.limits import BLOCKS, MESSAGE_TEXT, SHORTENED, fit

BUTTONS = actions("id", [button("press", "Press", "value")])


def test_an_answer_that_fits_is_left_alone() -> None:
    answer = Answer("text", [header("a"), section("b"), divider(), context("c"), BUTTONS])

    assert fit(answer) == answer


def test_too_many_blocks_are_cut_and_the_buttons_stay() -> None:
    blocks = fit(Answer("text", [*(section(str(number)) for number in range(80)), BUTTONS])).blocks

    assert len(blocks) == BLOCKS
    assert blocks[-2:] == [context(SHORTENED), BUTTONS]
    assert blocks[0] == section("0")


def test_too_long_a_message_is_cut() -> None:
    answer = fit(Answer("x" * 10_000, [section("y" * 2900) for _ in range(20)]))

    assert len(answer.text) == MESSAGE_TEXT
    assert not is_too_long(answer.blocks)
    assert answer.blocks[-1] == context(SHORTENED)


def test_a_cut_never_falls_into_an_entity_or_a_link() -> None:
    [block] = fit(Answer("text", [section("x" * 2996 + "&amp;" * 3)])).blocks
    assert block["text"]["text"].endswith("x…")
    [block] = fit(Answer("text", [section("x" * 2990 + "<https://a.b/c|label> more")])).blocks
    assert block["text"]["text"].endswith("x…")


texts = st.text(st.sampled_from("x&<> ;|"), min_size=1, max_size=50).map(lambda text: text * 90)
some_blocks = st.one_of(
    texts.map(section),
    texts.map(header),
    st.lists(texts, min_size=1, max_size=15).map(lambda many: context(*many)),
    st.builds(divider),
)


@given(st.lists(some_blocks, min_size=1, max_size=70), st.booleans())
def test_whatever_is_made_to_fit_is_accepted(blocks: list[dict[str, Any]], with_buttons: bool) -> None:
    fitted = fit(Answer("text", [*blocks, BUTTONS] if with_buttons else blocks))

    assert problems_of_message(fitted.blocks) == []
    assert not is_too_long(fitted.blocks)

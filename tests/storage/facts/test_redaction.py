"""Names go from texts; what linking reads from them does not."""

import pytest

from storage.facts.redaction import naming_pattern, redact, redact_values, signs

PATTERN = naming_pattern(["Jane Doe", "jane", "jane@work.example", "me"]) or ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask JANE, @jane or Jane Doe.", "Ask someone, @someone or someone."),
        ("Work\n\nSigned-off-by: Jane Doe <jane@work.example>", "Work\n\nSigned-off-by: someone <someone>"),
        # Other words, other addresses, paths; and "me" is a word of any text.
        ("Janet, jane_x, jane@home.example, jane/api#12, src/jane.py: me", None),
        ("Reverts jane/api#12", None),
    ],
)
def test_whole_words_are_replaced(text: str, expected: str | None) -> None:
    assert redact(text, PATTERN) == (expected or text)


def test_a_text_from_which_something_else_would_be_read_is_left() -> None:
    pattern = naming_pattern(["revert", "hotfix"]) or ""
    for text in ('Revert "Cart"', "Hotfix: cart"):
        assert redact(text, pattern) == text
    assert redact("They revert it", pattern) == "They someone it"
    assert signs("Closes #12") != signs("Closes it")


def test_json_is_redacted_in_its_values() -> None:
    assert redact_values({"jane": ["jane", 1, None]}, PATTERN) == {"jane": ["someone", 1, None]}
    assert naming_pattern(["me", ""]) is None

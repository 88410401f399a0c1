"""Text from outside is shown as it is, and does nothing."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import code, escape, link, one_line, shorten, unescape


def test_markup_is_escaped_once() -> None:
    assert escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert unescape("&lt;!channel&gt; &amp;amp;") == "<!channel> &amp;"


def test_a_text_becomes_one_line_without_what_cannot_be_seen() -> None:
    assert one_line(" a\n b\t\x00c\u202ed\ud800 ") == "a b c d"
    assert one_line("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}") == "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"


def test_only_web_addresses_become_links() -> None:
    assert link("https://a.b/c?d=1&e=<x>|y", "l|abel") == "<https://a.b/c?d=1&amp;e=%3Cx%3E%7Cy|l¦abel>"
    for url in (None, "", "javascript:alert(1)", "https://[", "https://a/" + "x" * 3000, "file:///etc"):
        assert link(url, "label") == "label"


def test_code_cannot_end_early() -> None:
    assert code("a`b <c>") == "`a'b &lt;c&gt;`"


def test_a_shortened_text_says_so() -> None:
    assert (shorten("abcdef", 6), shorten("abcdef", 4)) == ("abcdef", "abc…")


@given(st.text(max_size=60))
def test_nothing_escaped_is_markup(text: str) -> None:
    assert not {"<", ">"} & set(escape(text))
    assert unescape(escape(text)) == one_line(text).replace("```", "'''")

"""A short answer in sentences: what was not understood, and what to type instead."""

from bot.slack.answer import Answer
from bot.slack.blocks import section
from bot.slack.mrkdwn import code, escape, shorten

LONGEST_ECHO = 60
LONGEST_COMMAND = 300


def notice(*sentences: str, understood: bool = False) -> Answer:
    """Sentences are escaped already; each is a paragraph."""
    return Answer(" ".join(sentences), [section("\n".join(sentences))], understood)


def quoted(text: str) -> str:
    """A few words of what was typed, safe to show."""
    return f"“{escape(shorten(text, LONGEST_ECHO))}”"


def did_you_mean(word: str, names: list[str]) -> str | None:
    """`word` is the subcommand that the names belong to."""
    return f"Did you mean {_commands(word, names)}?" if names else None


def for_example(word: str, names: list[str]) -> str | None:
    return f"For example {_commands(word, names)}." if names else None


def _commands(word: str, names: list[str]) -> str:
    commands = [code(shorten(f"/devmetrics {word} {name}".replace("  ", " "), LONGEST_COMMAND)) for name in names]
    *first, last = commands
    return f"{', '.join(first) + ' or ' if first else ''}{last}"

"""An answer for a terminal: Slack's blocks with rich, in colour on a terminal, plain in a pipe."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.text import Text

from bot.slack.answer import Answer
from bot.slack.mrkdwn import unescape

# A link, what is bold, what is code.
MARKUP = re.compile(
    r"<(?P<url>https?://[^|>]+)\|(?P<label>[^>]*)>|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)|`(?P<code>[^`\n]+)`"
)
# Longer lines are tiring to read, however wide the terminal is.
WIDEST = 100
BULLET = "• "
# The space between a number and its unit, where no line ends. (rich also breaks at a non-breaking space.)
UNIT = re.compile(r"(?<=\d) (?=%|(?:h|min|s|days?)\b)")
GLUE = "\ue000"


def print_answer(console: Console, answer: Answer) -> None:
    width = min(console.width, WIDEST)
    console.print(Group(*_lines(answer)), width=width)


def _lines(answer: Answer) -> Iterator[RenderableType]:
    for block in answer.blocks:
        yield from _block(block)


def _block(block: dict[str, Any]) -> Iterator[RenderableType]:
    match block["type"]:
        case "header":
            yield Text()
            yield Indented(Text(unescape(block["text"]["text"]), style="bold cyan"))
        case "section":
            yield Text()
            yield from _section(block["text"]["text"])
        case "context":
            yield Text()
            for element in block["elements"]:
                yield Indented(Text(readable(element["text"]).plain, style="dim"))
        case "divider":
            yield Text()
            yield Rule(style="dim")
        # Menus and buttons are Slack's.


def _section(mrkdwn: str) -> Iterator[RenderableType]:
    """What stands below a title (a first line that begins bold) is indented; other lines stand on their own."""
    lines = mrkdwn.split("\n")
    titled = lines[0].startswith("*")
    for number, line in enumerate(lines):
        below = "  " if titled and number else ""
        if line.startswith(BULLET):
            yield Indented(readable(line.removeprefix(BULLET)), first=f"{below}{BULLET}", further=f"{below}  ")
        else:
            yield Indented(readable(line), first=below, further=below)


@dataclass(frozen=True, slots=True)
class Indented:
    """Text whose further lines begin under its first word; without spaces at the ends of lines."""

    text: Text
    first: str = ""
    further: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        indent = self.first
        text = self.text.copy()
        text.plain = UNIT.sub(GLUE, text.plain)
        for line in text.wrap(console, max(options.max_width - len(self.further), 10)):
            line.plain = line.plain.replace(GLUE, " ").rstrip()
            yield Text(indent).append_text(line)
            indent = self.further


def readable(mrkdwn: str) -> Text:
    """Slack's markup as styles."""
    text = Text()
    end = 0
    for match in MARKUP.finditer(mrkdwn):
        text.append(unescape(mrkdwn[end : match.start()]))
        if match["url"]:
            text.append(unescape(match["label"]), style=f"link {unescape(match['url'])}")
        elif match["bold"]:
            text.append(unescape(match["bold"]), style="bold")
        else:
            text.append(unescape(match["code"]), style="green")
        end = match.end()
    text.append(unescape(mrkdwn[end:]))
    return text

"""Help, written by the commands themselves."""

from collections.abc import Iterable
from typing import Protocol

from bot.slack.answer import Answer
from bot.slack.blocks import context, header, section
from bot.slack.mrkdwn import code, escape
from reports.period import EXAMPLES

PERIODS = f"A period is one of {EXAMPLES}."
PRIVATE = "Only you see the answers, until you press “Share in channel”."


class Topic(Protocol):
    """What help needs of a command."""

    @property
    def word(self) -> str: ...
    @property
    def usage(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def details(self) -> str: ...
    @property
    def examples(self) -> tuple[str, ...]: ...


def help_answer(topics: Iterable[Topic], *, before: tuple[str, ...] = (), understood: bool = True) -> Answer:
    """All commands. `before`: sentences above them, about what was not understood (escaped)."""
    lines = [f"{code(f'/devmetrics {topic.usage}')}  {escape(topic.summary)}" for topic in topics]
    blocks = [section("\n".join(before))] if before else []
    blocks += [header("devmetrics"), section("\n".join(lines)), context(f"{escape(PERIODS)} {PRIVATE}")]
    text = [*before, f"These commands exist: {'; '.join(line.replace('`', '') for line in lines)}."]
    return Answer(" ".join([*text, escape(PERIODS), PRIVATE]), blocks, understood)


def topic_answer(topic: Topic) -> Answer:
    examples = [f"/devmetrics {example}" for example in topic.examples]
    blocks = [
        header(f"devmetrics {topic.word}"),
        section(f"{code(f'/devmetrics {topic.usage}')}\n{escape(topic.summary)}. {escape(topic.details)}"),
        section("*Examples*\n" + "\n".join(code(example) for example in examples)),
    ]
    takes_period = "period" in topic.usage
    if takes_period:
        blocks.append(context(escape(PERIODS)))
    text = f"{escape(f'/devmetrics {topic.usage}')}: {escape(topic.summary)}. {escape(topic.details)}"
    text += f" Examples: {escape(', '.join(examples))}."
    return Answer(f"{text} {escape(PERIODS)}" if takes_period else text, blocks)

"""The subcommands of /devmetrics: one file each, found by themselves. `answer` is the way in."""

from dataclasses import replace

from bot.commands.command import Command, CommandContext
from bot.slack.answer import Answer
from bot.slack.limits import fit

__all__ = ["Answer", "Command", "CommandContext", "answer"]


async def answer(text: str, context: CommandContext) -> Answer:
    """What to show for `text`, the part after `/devmetrics`. It fits Slack's limits. Database errors pass through."""
    # Here and not above: the commands import this package.
    from bot.commands.reading import read_channels, read_words
    from bot.commands.understanding import answer_words

    context = replace(context, mentioned=tuple(read_channels(text)))
    return fit(await answer_words(read_words(text), context))

"""`/devmetrics help team`"""

from bot.commands.command import Command, CommandContext
from bot.commands.naming import similar
from bot.commands.registry import all_commands
from bot.slack.answer import Answer
from bot.slack.messages.help import help_answer, topic_answer
from bot.slack.messages.notice import did_you_mean, quoted


async def answer_help(words: list[str], _context: CommandContext) -> Answer:
    commands = all_commands()
    if not words:
        return help_answer(commands.values())
    topic = words[0].lower()
    if topic in commands:
        return topic_answer(commands[topic])
    meant = did_you_mean("help", similar(topic, commands))
    before = tuple(filter(None, [f"There is no help on {quoted(topic)}.", meant]))
    return help_answer(commands.values(), before=before, understood=False)


COMMAND = Command(
    word="help",
    usage="help [topic]",
    summary="What you can ask",
    details="With a topic: what one command does, with examples.",
    examples=("help", "help team"),
    answer=answer_help,
)

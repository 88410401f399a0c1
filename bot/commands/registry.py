"""The subcommands: each module of this package that has a `COMMAND`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bot import commands
from bot.commands.command import Command


@cache
def all_commands() -> dict[str, Command]:
    """By word, in the alphabet's order. Walked at the first use: `help` is a command that lists them all."""
    modules = [import_module(f"{commands.__name__}.{found.name}") for found in iter_modules(commands.__path__)]
    found: list[Command] = [module.COMMAND for module in modules if hasattr(module, "COMMAND")]
    return {command.word: command for command in sorted(found, key=lambda command: command.word)}

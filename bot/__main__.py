"""`devmetrics`: the command line's root. Each word is a file in bot/operator."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from bot import operator
from bot.operator.failure import explain

app = typer.Typer(
    name="devmetrics",
    help="DORA and pull-request metrics from GitHub and GitLab webhooks, answered in Slack.",
    epilog="Start with `devmetrics serve`. Everything is configured by environment variables; none is needed at first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in sorted(iter_modules(operator.__path__), key=lambda module: module.name):
    word = import_module(f"{operator.__name__}.{module.name}")
    if hasattr(word, "register"):
        word.register(app)


def main() -> None:
    """Exit status: 0 done, 1 failed with the reason on standard error, 2 wrong usage."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 (the edge: a person at a terminal gets a sentence, not a traceback)
        sys.stderr.write(explain(error) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`devmetrics`: the command line's root. Each word is a file in bot/operator."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from bot import operator
from bot.operator.failure import explain


def build(asked: str | None) -> typer.Typer:
    """The command line with the one word that was asked for, else (help, a misspelt word) with all of them.

    Loading every word would cost each answer most of a second.
    """
    app = typer.Typer(
        name="devmetrics",
        help="DORA and pull-request metrics from your Git provider's webhooks, answered in Slack.",
        epilog="Start with `devmetrics serve`, connect a provider with `devmetrics setup`. `devmetrics check` says "
        "what is missing at any time. Everything is configured by environment variables; none is needed at first.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    # With a callback Typer keeps the word as a word, also when it is the only one.
    app.callback()(lambda: None)
    names = sorted(module.name for module in iter_modules(operator.__path__))
    for name in [asked] if asked in names else names:
        word = import_module(f"{operator.__name__}.{name}")
        if hasattr(word, "register"):
            word.register(app)
    return app


def main() -> None:
    """Exit status: 0 done, 1 failed with the reason on standard error, 2 wrong usage."""
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except Exception as error:  # noqa: BLE001 (the edge: a person at a terminal gets a sentence, not a traceback)
        sys.stderr.write(explain(error) + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()

"""What the command line says when a word fails: one sentence, and what to do."""

import traceback

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.settings import ConfigurationProblem, wants_tracebacks
from storage.embedded import EmbeddedUnavailable
from storage.migrate import MigrationImpossible
from storage.refusal import Refused


class Failed(Exception):
    """The word could not do what it was asked; the text tells the person why, and what to do."""


def explain(error: Exception) -> str:
    """Says it in words; with LOG_LEVEL=debug, also where in the program it happened."""
    if wants_tracebacks():
        return "".join(traceback.format_exception(error))
    if isinstance(error, Failed | Refused | EmbeddedUnavailable | MigrationImpossible):
        return str(error)
    if isinstance(error, ConfigurationProblem):
        return "The configuration is wrong:\n" + "\n".join(f"  {problem}" for problem in error.problems)
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None):
        return f"The database refused: {_first_line(error.orig)}. See `devmetrics check`."
    if isinstance(error, SQLAlchemyError | OSError):
        return f"The database cannot be reached ({_first_line(error)}). Check DATABASE_URL, and `devmetrics check`."
    return (
        f"devmetrics failed unexpectedly ({type(error).__name__}: {_first_line(error)}). "
        "Run it again with LOG_LEVEL=debug and report what it prints."
    )


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0].rpartition(">: ")[2] or type(error).__name__

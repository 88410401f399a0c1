"""What an error while processing means: try everything again, or find the delivery that causes it."""

import traceback

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Nothing is wrong with the deliveries: deadlock, serialization, a lock not granted in time, the server's resources,
# a shutdown, a lost connection. https://www.postgresql.org/docs/current/errcodes-appendix.html
TRANSIENT_CODES = ("40001", "40P01", "55P03")
TRANSIENT_CLASSES = ("08", "53", "57P", "58")
LONGEST_REASON = 500


def is_transient(error: BaseException) -> bool:
    """True when the same deliveries may well succeed if they are simply tried again."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout | asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None)
        if code is None:
            return error.connection_invalidated or isinstance(error.orig, OSError)
        return code in TRANSIENT_CODES or code.startswith(TRANSIENT_CLASSES)
    return False


def describe(error: BaseException, reference: str) -> str:
    """One sentence for the administrator. Never more of the payload than the database names itself."""
    said = f"An error of devmetrics itself ({type(error).__name__}): please report it"
    if isinstance(error, SQLAlchemyError):
        said = f"The database refused what this delivery says ({first_line(error)})"
    return clean(f"{said}; reference {reference} in the log.")


def unreachable(what: str, variable: str, error: Exception) -> str:
    """Not the error's own text: it may name an address, and so a private repository."""
    return (
        f"{what} cannot be reached ({type(error).__name__}): check {variable}, and that this machine may connect there "
        "(network, proxy, certificate)."
    )


def first_line(error: BaseException) -> str:
    """What the error says, without the statement and values that SQLAlchemy and PostgreSQL add below."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(error).__name__}: {str(cause).partition(chr(10))[0].rpartition('>: ')[2]}"


def kind_of(error: BaseException) -> str:
    """What the log says of it: its text only where that is about a connection, else parts of a payload may be in it."""
    if is_transient(error):
        return first_line(error)
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(cause, "sqlstate", None)
    return " ".join(str(part) for part in (type(error).__name__, code) if part)


def where(error: BaseException) -> str:
    """The traceback without the error's own text, which may hold parts of a payload."""
    return "".join(traceback.format_tb(error.__traceback__))


def clean(reason: str) -> str:
    """Text that PostgreSQL can store, whatever a payload put into it."""
    return reason.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_REASON]

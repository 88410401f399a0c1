"""Structured logs, one line each, on standard error. Never a secret and never a payload."""

import logging
import sys

import structlog
from structlog.typing import Processor

from bot.settings import Settings

# Libraries that log each statement, each job, or (Bolt) the bodies of requests with a bad signature.
QUIET = ("alembic", "apscheduler", "asyncio", "slack_bolt", "slack_sdk", "sqlalchemy")


def configure_logs(settings: Settings) -> None:
    """Our own lines and those of libraries in one form."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Processor]
    if settings.log_format == "json":
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        renderers = [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain, pad_event_to=0)
        ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # It logs addresses of requests, which hold names and branches, and the ones whose answer is odd as a warning.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # It logs broken requests with their traceback and bytes; errors of our own are logged by bot/errors.py.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)

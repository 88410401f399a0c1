"""What `serve` says when it is up: what is on, what is off, and what to do next."""

from collections.abc import Collection

import structlog

from bot.settings import Settings
from handlers.providers import PROVIDERS
from handlers.reachability import doubt
from storage.connections import Connection

logger = structlog.get_logger(__name__)


def introduce(settings: Settings, parts: set[str], port: int | None, connections: Collection[Connection] = ()) -> None:
    """In plain words, one line each. `port` is None when this process has no web server."""
    where = "your PostgreSQL (DATABASE_URL)" if settings.database_url else f"built in, in {settings.data_dir}"
    logger.info(f"Database: {where}.")
    if port is None:
        logger.info(f"Running: {', '.join(sorted(parts))}.")
        return
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    logger.info(f"devmetrics is up at {address}")
    for provider, verifier in settings.verifiers.items():
        if verifier.configured:
            public = settings.public_url or address
            logger.info(f"{PROVIDERS[provider].name} deliveries are on: point webhooks at {public}/webhooks/{provider}")
        elif not any(one.provider == provider for one in connections):
            logger.info(PROVIDERS[provider].how_to_turn_on)
    for one in connections:
        public = settings.public_url or address
        logger.info(f"{one.name} delivers to {public}/webhooks/{one.provider}/{one.id}")
    if settings.slack_signing_secret and settings.slack_bot_token:
        logger.info(f"Slack is on: its requests go to {settings.public_url or address}/slack/events")
    else:
        logger.info("Slack is off: set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET of your Slack app, and restart.")
    if settings.public_url is None:
        logger.info(
            "Next: set PUBLIC_URL to the address at which the providers and Slack reach this server, and restart."
        )
    elif said := doubt(settings.public_url):
        logger.warning(said)
    if "worker" not in parts:
        logger.info("This process only stores deliveries: run `devmetrics serve --only worker,scheduler` as well.")

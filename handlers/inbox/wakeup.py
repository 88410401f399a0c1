"""Wakes a worker when something was stored: LISTEN on a connection of its own, with polling as the fall-back."""

import asyncio

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox.writer import CHANNEL

RECONNECT_SECONDS = 2.0

logger = structlog.get_logger(__name__)


async def listen(engine: AsyncEngine, wake: asyncio.Event) -> None:
    """Set `wake` at each notification, and at each connection (some may have been missed). Runs until cancelled."""
    while True:
        lost = asyncio.Event()
        try:
            async with engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                assert isinstance(raw, asyncpg.Connection)
                try:
                    raw.add_termination_listener(lambda *_, lost=lost: lost.set())
                    await raw.add_listener(CHANNEL, lambda *_: wake.set())
                    wake.set()
                    await lost.wait()
                finally:
                    # Its session listens: it must not go back to the pool.
                    await connection.invalidate()
        except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            logger.debug("cannot listen for deliveries, polling instead", reason=type(problem).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)

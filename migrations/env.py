"""How Alembic reaches the database. `storage.migrate` hands over a connection; the `alembic` command names one.

alembic -x url=postgresql://user@host/database upgrade head
"""

import asyncio
import time

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import normalize_url
from storage.models import Base

# Any constant of our own: "devmetri" as a 64-bit number.
LOCK = 0x6465_766D_6574_7269
# A table that a long transaction holds: give up, rather than queue every later query behind us. Providers wait ten
# seconds for an answer; `storage.migrate` tries again.
LOCK_TIMEOUT = "2s"
STATEMENT_TIMEOUT = "10min"
SECONDS_BETWEEN_ATTEMPTS = 0.1


def run(connection: sa.Connection) -> None:
    """Bring the database to the revision asked for. Replicas that start together go one after the other."""
    # Asked for again and again, because an index that is created concurrently waits for everybody who is in a
    # transaction, also for those who wait for a lock in it.
    while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        connection.rollback()
        time.sleep(SECONDS_BETWEEN_ATTEMPTS)
    try:
        for name, value in (("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", STATEMENT_TIMEOUT)):
            connection.execute(sa.text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value})
        # Alembic leaves a transaction that it finds open to its caller: end the one of the lines above.
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=True,
            # A revision may leave its transaction (autocommit_block): TimescaleDB's aggregates demand that.
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.execute(sa.text("RESET lock_timeout"))
        connection.execute(sa.text("RESET statement_timeout"))
        connection.commit()


async def connect_and_run(url: str) -> None:
    engine = create_async_engine(normalize_url(url), poolclass=sa.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)


if context.is_offline_mode():
    raise SystemExit("Migrations need a connection to the database: --sql is not supported.")

given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not isinstance(url, str):
        raise SystemExit("Which database? Say: alembic -x url=postgresql://user@host/database ...")
    asyncio.run(connect_and_run(url))

"""Brings a database to the newest revision, and makes sure of the organization that events belong to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

import migrations
from storage.database import create_engine
from storage.models.organizations import Organization
from storage.organizations import removed

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(migrations.__file__).parent

# The comment of a table whose rows are in chunks: it comes along with a backup also to a server that has none.
IN_CHUNKS = "In chunks of TimescaleDB"
SHELLS = sa.text("""
    SELECT to_regclass('daily_commit_stats_counted') IS NOT NULL OR EXISTS (
        SELECT FROM pg_description WHERE classoid = CAST('pg_class' AS regclass) AND description = :mark)
""")
# A setting of a library that is not loaded is none of pg_settings, whatever the server's file says.
EXTENSION = sa.text("""
    SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.license') FROM pg_extension
    WHERE extname = 'timescaledb'
""")
# A lock that was not granted in time, or a deadlock: each revision is a transaction, and as it was.
NOT_GRANTED = ("55P03", "40P01")
ATTEMPTS = 30
SECONDS_BETWEEN_ATTEMPTS = 0.2


def was_not_granted(error: DBAPIError) -> bool:
    """Whether somebody else held what it wanted: then it may be tried again."""
    return getattr(error.orig, "sqlstate", None) in NOT_GRANTED


class MigrationImpossible(Exception):
    """What is wrong and what to do, in one sentence for the administrator."""


def alembic_configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration for one open connection; independent of the working directory."""
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


async def is_newest(connection: AsyncConnection) -> bool:
    """Whether there is nothing to do; Alembic itself takes a tenth of a second to load, and few calls need it."""
    if not await connection.scalar(sa.text("SELECT to_regclass('alembic_version') IS NOT NULL")):
        return False
    newest = max(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    return list(await connection.scalars(sa.text("SELECT version_num FROM alembic_version"))) == [newest]


async def refuse_lost_chunks(connection: AsyncConnection) -> None:
    """Without the extension, tables that were moved to it look like any others, and hold nothing or the wrong rows."""
    loaded = await connection.scalar(EXTENSION)
    if loaded is False:
        raise MigrationImpossible(
            "This database uses TimescaleDB, and the server has not loaded it: rows would be written to wrong places. "
            "Put timescaledb into shared_preload_libraries of postgresql.conf, and restart PostgreSQL."
        )
    if loaded is None and await connection.scalar(SHELLS, {"mark": IN_CHUNKS}):
        raise MigrationImpossible(
            "This database was moved to TimescaleDB, and here it is without: commits, pull requests and deployments "
            "lie in chunks that are not there. Drop this database, make an empty one on a server that has TimescaleDB, "
            "and restore the backup between timescaledb_pre_restore() and timescaledb_post_restore(): see Back up in "
            "docs/operations.md."
        )


def upgrade(connection: sa.Connection) -> None:
    """Whoever waits behind a revision that waits for a table is let through between attempts."""
    from alembic import command
    from alembic.util import CommandError

    for left in reversed(range(ATTEMPTS)):
        try:
            command.upgrade(alembic_configuration(connection), "head")
        except CommandError as error:
            raise MigrationImpossible(
                f"The database cannot be migrated: {error}. It was probably migrated by a newer devmetrics: "
                "install that version again, or restore the backup from before."
            ) from error
        except DBAPIError as error:
            if not was_not_granted(error):
                raise
            if not left:
                raise MigrationImpossible(
                    "The database cannot be migrated: somebody holds a table that must change, for longer than a "
                    "minute; a backup, perhaps, or a long query (see pg_stat_activity). What was done stays: try again "
                    "when that has ended."
                ) from error
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        else:
            return


async def migrate(url: str | sa.URL) -> None:
    """Run Alembic to head. Safe at any time and from several processes at once (in one process: one at a time,
    Alembic's context is global)."""
    engine = create_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            await refuse_lost_chunks(connection)
            if not await is_newest(connection):
                await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


async def ensure_organization(connection: AsyncConnection, slug: str, *, also_removed: bool = False) -> UUID:
    """The id of the organization, which is made (named like its slug) when it is new. The caller commits.

    Raises `OrganizationRemoved`, unless `also_removed`: who asks for that does nothing in its name.
    """
    find = sa.select(Organization.id, Organization.deleted_at).where(Organization.slug == slug)
    found = (await connection.execute(find)).one_or_none()
    if found is None:
        # Two processes may both find nothing: the second one's insert waits and then does nothing.
        await connection.execute(insert(Organization).values(slug=slug, name=slug).on_conflict_do_nothing())
        found = (await connection.execute(find)).one()
    if found.deleted_at is not None and not also_removed:
        raise removed(slug, found.deleted_at)
    id_: UUID = found.id
    return id_

"""Moving a table into a hypertable while everybody goes on reading and writing it.

A hypertable of the same shape is filled beside it, some rows at a time in the order of time; a trigger tells it what is
written meanwhile; when it has everything, it takes the table's place. Each step is a transaction: killed at any moment,
nothing is lost, and the next run goes on where this one was, which the copy's comment says.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.migrate import IN_CHUNKS, MigrationImpossible, was_not_granted

# Writers wait while these are copied, some tenths of a second, and are let through between.
AT_ONCE = 5000
PAUSE_SECONDS = 0.05
# Milliseconds. Who waits for a table has every later one behind it.
PATIENCE = (500, 500, 500, 1000, 2000, 4000, 8000, *[10_000] * 20)
BEGINNING, END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
FOREIGN_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = CAST(:table AS regclass) AND contype = 'f' ORDER BY conname
"""
# With the names that they have in the copy: there is one index of a name, and a longer one might be cut.
INDEXES = """
    SELECT relname, 'index_' || indexrelid || '_chunks', pg_get_indexdef(indexrelid), indisprimary
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = CAST(:table AS regclass) ORDER BY relname
"""
# What would go with the table, or still read it when another has its place.
DEPENDENTS = """
    SELECT DISTINCT CAST(CAST(ev_class AS regclass) AS text) FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
    WHERE classid = CAST('pg_rewrite' AS regclass) AND refobjid = CAST(:table AS regclass) ORDER BY 1
"""
KEY = """
    SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
    WHERE indrelid = CAST(:table AS regclass) AND indisprimary ORDER BY array_position(indkey, attnum)
"""
# Whose the table is, and who else may what: a reader of its own for dashboards.
GRANTS = """
    SELECT format('GRANT %s ON %s TO %s%s', privilege_type, CAST(:copy AS text),
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE CAST(CAST(grantee AS regrole) AS text) END,
        CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = CAST(:table AS regclass) AND grantee <> relowner
    UNION ALL
    SELECT format('ALTER TABLE %s OWNER TO %s', CAST(:copy AS text), CAST(CAST(relowner AS regrole) AS text))
    FROM pg_class WHERE oid = CAST(:table AS regclass) AND relowner <> CAST(CAST(current_user AS text) AS regrole)
"""
MIRROR = """
    CREATE FUNCTION {copy}_mirror() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN DELETE FROM {copy} WHERE ({key}) = ({old_key}); END IF;
        IF TG_OP <> 'DELETE' THEN INSERT INTO {copy} ({columns}) VALUES ({new_columns}); END IF;
        RETURN NULL;
    END $$
"""
COPY = """
    INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table} WHERE time > :since AND time <= :until
    ON CONFLICT DO NOTHING
"""


def copy_of(table: str) -> str:
    return f"{table}_chunks"


async def move(engine: AsyncEngine, table: str, interval: str, at_once: int = AT_ONCE) -> AsyncIterator[float]:
    """Make a hypertable of `table`, by its column `time`. Yields which part is done, 0 to 1."""
    async with engine.connect() as connection:
        if dependents := list(await connection.scalars(sa.text(DEPENDENTS), {"table": table})):
            raise MigrationImpossible(
                f"{table} cannot be moved: {', '.join(dependents)} reads it and would be left behind. Keep its "
                "definition, drop it, run `devmetrics migrate` again, and create it again."
            )
        range_of = sa.text(f"SELECT min(time), max(time) FROM {table}")  # noqa: S608 (our own names)
        first, last = (await connection.execute(range_of)).one()
    await in_turn(engine, _make_copy, table, interval)
    await in_turn(engine, _mirror, table)
    while (copied := await in_turn(engine, _copy_some, table, at_once)) is not None:
        yield min(1.0, (copied - first) / (last - first)) if last > first else 1.0
        await asyncio.sleep(PAUSE_SECONDS)
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(sa.text(f"ANALYZE {copy_of(table)}"))
    await in_turn(engine, _take_its_place, table)


async def in_turn(engine: AsyncEngine, step: Callable[..., Any], *arguments: Any) -> Any:
    """A transaction that would rather give up than let anybody wait long behind it, or be the end of somebody else's:
    its first patience is shorter than that of the search for deadlocks."""
    for patience in PATIENCE:
        try:
            async with engine.begin() as connection:
                await connection.execute(sa.text(f"SET LOCAL lock_timeout = '{patience}ms'"))
                return await step(connection, *arguments)
        except DBAPIError as error:
            if not was_not_granted(error):
                raise
        await asyncio.sleep(PAUSE_SECONDS)
    raise MigrationImpossible(
        f"{arguments[0]} could not be moved: somebody holds it all the time. Nothing is lost: look for long "
        "transactions in pg_stat_activity, and run `devmetrics migrate` again."
    )


async def _make_copy(connection: AsyncConnection, table: str, interval: str) -> None:
    """An empty hypertable of the same shape, unless there is one: begun by a run that was stopped."""
    copy = copy_of(table)
    if await connection.scalar(sa.text("SELECT to_regclass(:copy) IS NOT NULL"), {"copy": copy}):
        if await _is_mirrored(connection, table) and await _is_same(connection, table):
            return
        # Of a version with other columns or indexes, or of a table that is gone.
        await connection.execute(sa.text(f"DROP TABLE {copy}"))
        await connection.execute(sa.text(f"DROP FUNCTION IF EXISTS {copy}_mirror CASCADE"))
    await connection.execute(sa.text(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)"))
    for name, in_copy, definition, is_primary in await connection.execute(sa.text(INDEXES), {"table": table}):
        if is_primary:
            key = ", ".join(await connection.scalars(sa.text(KEY), {"table": table}))
            await connection.exec_driver_sql(f"ALTER TABLE {copy} ADD CONSTRAINT {in_copy} PRIMARY KEY ({key})")
        else:
            kind, columns = definition.partition(f" {name} ON ")[0], definition.partition(" USING ")[2]
            await connection.exec_driver_sql(f"{kind} {in_copy} ON {copy} USING {columns}")
    for name, definition in await connection.execute(sa.text(FOREIGN_KEYS), {"table": table}):
        await connection.exec_driver_sql(f"ALTER TABLE {copy} ADD CONSTRAINT {name} {definition}")
    await connection.exec_driver_sql(
        f"SELECT create_hypertable('{copy}', by_range('time', INTERVAL '{interval}'), create_default_indexes => false)"
    )


async def _mirror(connection: AsyncConnection, table: str) -> None:
    """From now on the copy is told of everything that is written."""
    copy = copy_of(table)
    if await _is_mirrored(connection, table):
        return
    columns = [name for name, _ in await _columns(connection, table)]
    key = list(await connection.scalars(sa.text(KEY), {"table": table}))
    await connection.exec_driver_sql(
        MIRROR.format(
            copy=copy,
            key=", ".join(key),
            old_key=", ".join(f"OLD.{name}" for name in key),
            columns=", ".join(columns),
            new_columns=", ".join(f"NEW.{name}" for name in columns),
        )
    )
    await connection.exec_driver_sql(
        f"CREATE TRIGGER {copy}_mirror AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {copy}_mirror()"
    )


async def _is_mirrored(connection: AsyncConnection, table: str) -> bool:
    query = sa.text("SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND tgname = :name")
    return bool(await connection.scalar(query, {"table": table, "name": f"{copy_of(table)}_mirror"}))


async def _copy_some(connection: AsyncConnection, table: str, at_once: int) -> datetime | None:
    """Returns the time up to which everything is copied; None: everything is."""
    copy = copy_of(table)
    said = await connection.scalar(sa.text("SELECT obj_description(CAST(:copy AS regclass))"), {"copy": copy})
    since = datetime.fromisoformat(said) if said else BEGINNING
    # Nobody writes between reading a row and having it copied: a deleted one would come back.
    await connection.execute(sa.text(f"LOCK TABLE {table} IN SHARE MODE"))
    until: datetime | None = await connection.scalar(
        sa.text(f"SELECT time FROM {table} WHERE time > :since ORDER BY time OFFSET :at_once LIMIT 1"),  # noqa: S608 (our own names)
        {"since": since, "at_once": at_once},
    )
    columns = ", ".join(name for name, _ in await _columns(connection, table))
    await connection.execute(
        sa.text(COPY.format(copy=copy, table=table, columns=columns)), {"since": since, "until": until or END}
    )
    if until is not None:
        await connection.exec_driver_sql(f"COMMENT ON TABLE {copy} IS '{until.isoformat()}'")
    return until


async def _take_its_place(connection: AsyncConnection, table: str) -> None:
    copy = copy_of(table)
    await connection.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    indexes = (await connection.execute(sa.text(INDEXES), {"table": table})).all()
    for grant in await connection.scalars(sa.text(GRANTS), {"table": table, "copy": copy}):
        await connection.exec_driver_sql(grant)
    await connection.execute(sa.text(f"DROP TABLE {table}"))
    await connection.execute(sa.text(f"DROP FUNCTION {copy}_mirror"))
    await connection.execute(sa.text(f"ALTER TABLE {copy} RENAME TO {table}"))
    for name, in_copy, _, _ in indexes:
        await connection.execute(sa.text(f"ALTER INDEX {in_copy} RENAME TO {name}"))
    await mark(connection, table)


async def mark(connection: AsyncConnection, table: str) -> None:
    """Say of it that its rows are in chunks."""
    await connection.exec_driver_sql(f"COMMENT ON TABLE {table} IS '{IN_CHUNKS}'")


async def _is_same(connection: AsyncConnection, table: str) -> bool:
    copy = copy_of(table)
    indexes = {row[1] for row in await connection.execute(sa.text(INDEXES), {"table": table})}
    in_copy = {row[0] for row in await connection.execute(sa.text(INDEXES), {"table": copy})}
    return indexes == in_copy and await _columns(connection, table) == await _columns(connection, copy)


async def _columns(connection: AsyncConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in await connection.execute(sa.text(COLUMNS), {"table": table})]

"""How columns travel to PostgreSQL: one typed array each, unnested there into rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import JSONB, asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.registers import Stamps

DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def dump_array(values: Iterable[str]) -> str:
    """A text[] in PostgreSQL's own notation: unnest() would flatten an array of arrays."""
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"


def dump_stamps(stamps: Stamps) -> str:
    """Times of fields as JSON; null is a time that is not known."""
    if not stamps:
        return "{}"
    return json.dumps({field: at and at.astimezone(UTC).isoformat() for field, at in sorted(stamps.items())})


def load_stamps(stored: str | Mapping[str, str | None]) -> Stamps:
    stamps = json.loads(stored) if isinstance(stored, str) else stored
    return {field: datetime.fromisoformat(at) if at else None for field, at in stamps.items()}


async def fetch(connection: AsyncConnection, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a statement with $1, $2 ... for its parameters."""
    return [tuple(row) for row in await connection.exec_driver_sql(statement, parameters)]


class Columns:
    """Some columns of a table: their names and types in SQL, and their values as arrays."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        types = [table.c[name].type for name in names]
        self.names = tuple(names)
        self.quoted = ", ".join(f'"{name}"' for name in names)
        self.sql_types = [str(type_.compile(dialect=DIALECT)) for type_ in types]
        self.composite = [isinstance(type_, ARRAY | JSONB) for type_ in types]
        self.dump = {
            index: dump_array if isinstance(type_, ARRAY) else dump_stamps
            for index, type_ in enumerate(types)
            if self.composite[index]
        }
        self.load = {
            index: tuple if isinstance(type_, ARRAY) else load_stamps
            for index, type_ in enumerate(types)
            if self.composite[index]
        }

    def unnest(self, first: int = 1) -> str:
        """unnest($1::UUID[], ...): arrays and JSON as text."""
        types = ("TEXT" if self.composite[index] else name for index, name in enumerate(self.sql_types))
        return f"unnest({', '.join(f'${first + index}::{name}[]' for index, name in enumerate(types))})"

    def of(self, alias: str) -> list[str]:
        """Each column of the unnested rows as a value of its own type."""
        return [
            f'{alias}."{name}"' + (f"::{self.sql_types[index]}" if self.composite[index] else "")
            for index, name in enumerate(self.names)
        ]

    def arrays(self, rows: Iterable[Sequence[Any]]) -> tuple[list[Any], ...]:
        """The arrays that `unnest` takes, from rows of values in the order of the names."""
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        for index, dump in self.dump.items():
            arrays[index][:] = map(dump, arrays[index])
        return arrays

    def loaded(self, values: Sequence[Any]) -> Sequence[Any]:
        """Values as read, arrays as tuples and JSON as times."""
        if not self.load:
            return values
        values = list(values)
        for index, load in self.load.items():
            values[index] = load(values[index])
        return values

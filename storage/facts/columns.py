"""How rows travel to PostgreSQL and back: there as one JSON document, which costs the client a tenth of arrays."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import JSONB, asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.registers import Stamps

DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


async def fetch(connection: AsyncConnection, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a statement with $1, $2 ... for its parameters."""
    return [tuple(row) for row in await connection.exec_driver_sql(statement, parameters)]


def document(rows: Iterable[object]) -> str:
    """Rows (structs, or dictionaries by column) as the parameter of `Columns.source`."""
    return msgspec.json.encode(list(rows)).decode()


def stamps(stored: Mapping[str, str | None]) -> Stamps:
    return {field: datetime.fromisoformat(at) if at else None for field, at in stored.items()}


def array(stored: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if stored is None else tuple(stored)


class Columns:
    """Some columns of a table, in SQL."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        types = [table.c[name].type for name in names]
        self.names = tuple(names)
        self.quoted = ", ".join(f'"{name}"' for name in names)
        definitions = (f'"{name}" {type_.compile(dialect=DIALECT)}' for name, type_ in zip(names, types, strict=True))
        # Rows that the first parameter, a document, holds.
        self.source = f"json_to_recordset($1::json) AS s({', '.join(definitions)})"
        self.loaders: dict[int, Any] = {
            index: array if isinstance(type_, ARRAY) else stamps
            for index, type_ in enumerate(types)
            if isinstance(type_, ARRAY | JSONB)
        }

    def of(self, alias: str) -> str:
        return ", ".join(f'{alias}."{name}"' for name in self.names)

    def load(self, values: Sequence[Any]) -> Sequence[Any]:
        """Values as read, with arrays as tuples and JSON as times."""
        if not self.loaders:
            return values
        values = list(values)
        for index, load in self.loaders.items():
            values[index] = load(values[index])
        return values

"""Merging rows into a table in sets: a batch costs a few statements, however many rows it has."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts import statements
from storage.facts.columns import Columns, document, fetch
from storage.facts.registers import fold
from storage.models import Base

Row = TypeVar("Row", bound=msgspec.Struct)
Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Changed(Generic[Row]):
    """A row that was written. `before` None: it is new."""

    before: Row | None
    after: Row


# What some providers' webhooks never tell, and when each word was told.
UNTOLD = ("lines_added", "lines_deleted", "files_changed", "commit_count", "told_at")


def was_lost(change: "Changed[Any]") -> bool:
    """Whether it differs in what webhooks tell: something of it never arrived."""
    before = change.before
    names = change.after.__struct_fields__
    return before is None or any(
        getattr(before, name) != getattr(change.after, name) for name in names if name not in UNTOLD
    )


class FactTable(Generic[Row]):
    """The part of a table that `row`, a struct of its columns, describes; other columns are left alone.

    `key` is the natural key (two columns or more), `merge` the rule for two rows of one key: commutative, associative,
    idempotent. For `keys` see Shape.
    """

    def __init__(
        self,
        row: type[Row],
        model: type[Base],
        key: Sequence[str],
        merge: Callable[[Row, Row], Row],
        *,
        keys: type[Base] | None = None,
    ) -> None:
        table = Base.metadata.tables[model.__tablename__]
        self.row, self.merge = row, merge
        self.key_of: Callable[[Row], Key] = attrgetter(*key)
        shape = statements.Shape(
            name=model.__tablename__,
            keys=keys.__tablename__ if keys else None,
            key=Columns(table, key),
            columns=Columns(table, row.__struct_fields__),
            all_names=tuple(column.name for column in table.c),
            nullable=[name for name in key if table.c[name].nullable],
        )
        self.key_columns, self.columns, self.moves = shape.key, shape.columns, keys is not None
        self.select = statements.select(shape)
        self.select_locked = statements.select(shape, lock=True)
        self.insert, self.update, self.move = (
            statements.insert(shape),
            statements.update(shape),
            statements.move(shape),
        )

    async def absorb(self, connection: AsyncConnection, rows: Iterable[Row]) -> list[Changed[Row]]:
        """Merge rows into the table and say what changed. What retention removed (its key is known) stays away."""
        incoming = fold(rows, self.key_of, self.merge)
        stored = await self.read(connection, incoming)
        changed: list[Changed[Row]] = []
        for key, row in incoming.items():
            if key not in stored:
                changed.append(Changed(None, row))
            elif (before := stored[key]) is not None and (after := self.merge(before, row)) != before:
                changed.append(Changed(before, after))
        await self.write(connection, changed)
        return changed

    async def read(
        self, connection: AsyncConnection, wanted: Collection[Key], *, lock: bool = False
    ) -> dict[Key, Row | None]:
        """The stored rows of these keys; None: the key is known, its row gone. `lock`: until the transaction ends."""
        if not wanted:
            return {}
        names = self.key_columns.names
        keys = document(dict(zip(names, key, strict=True)) for key in wanted)
        found = await fetch(connection, self.select_locked if lock else self.select, keys)
        start = 1 + len(names)
        return {row[1:start]: self.row(*self.columns.load(row[start:])) if row[0] else None for row in found}

    async def write(self, connection: AsyncConnection, changed: Collection[Changed[Row]]) -> None:
        """Insert what is new, update what changed, move what has another time."""
        for statement, rows in (
            (self.insert, [change.after for change in changed if change.before is None]),
            (self.update, [change.after for change in changed if change.before is not None]),
            (self.move, [change.after for change in changed if self.moves and moved(change)]),
        ):
            if rows:
                await connection.exec_driver_sql(statement, (document(rows),))


def moved(change: Changed[Any]) -> bool:
    return change.before is not None and change.before.time != change.after.time

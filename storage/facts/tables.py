"""Merging rows into a table in sets: a batch costs a few statements, however many rows it has."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts import statements
from storage.facts.columns import Columns, fetch
from storage.facts.registers import fold
from storage.models import Base

Row = TypeVar("Row")
Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Changed(Generic[Row]):
    """A row that was written. `before` None: it is new."""

    before: Row | None
    after: Row


class FactTable(Generic[Row]):
    """The part of a table that `row`, a dataclass of its columns, describes; other columns are left alone.

    `key` is the natural key (two columns or more), `merge` the rule for two rows of one key: commutative, associative,
    idempotent. For `keys` and `people` see Shape.
    """

    def __init__(
        self,
        row: type[Row],
        model: type[Base],
        key: Sequence[str],
        merge: Callable[[Row, Row], Row],
        *,
        keys: type[Base] | None = None,
        people: Mapping[str, str] | None = None,
    ) -> None:
        names = [field.name for field in fields(row)]  # type: ignore[arg-type]  # a dataclass, as documented
        people = people or {}
        table = Base.metadata.tables[model.__tablename__]
        self.row, self.merge = row, merge
        self.key_of: Callable[[Row], Key] = attrgetter(*key)
        self.values_of: Callable[[Row], tuple[Any, ...]] = attrgetter(*names)
        self.identities_of = [attrgetter(identity) for identity in people.values()]
        self.shape = statements.Shape(
            name=model.__tablename__,
            keys=keys.__tablename__ if keys else None,
            key=Columns(table, key),
            read=Columns(table, names),
            written=Columns(table, [*names, *people]),
            people=people,
            all_names=tuple(column.name for column in table.c),
            nullable=[name for name in key if table.c[name].nullable],
        )

    async def absorb(
        self, connection: AsyncConnection, rows: Iterable[Row], developers: Mapping[str, UUID] | None = None
    ) -> list[Changed[Row]]:
        """Merge rows into the table and say what changed. What retention removed (its key is known) stays away."""
        incoming = fold(rows, self.key_of, self.merge)
        stored = await self.read(connection, incoming)
        changed: list[Changed[Row]] = []
        for key, row in incoming.items():
            if key not in stored:
                changed.append(Changed(None, row))
            elif (before := stored[key]) is not None and (after := self.merge(before, row)) != before:
                changed.append(Changed(before, after))
        await self.write(connection, changed, developers or {})
        return changed

    async def read(
        self, connection: AsyncConnection, wanted: Collection[Key], *, lock: bool = False
    ) -> dict[Key, Row | None]:
        """The stored rows of these keys; None: the key is known, its row gone. `lock`: until the transaction ends."""
        if not wanted:
            return {}
        key, read = self.shape.key, self.shape.read
        found = await fetch(connection, statements.select(self.shape, lock=lock), *key.arrays(wanted))
        width = 1 + len(key.names)
        return {row[1:width]: self.row(*read.loaded(row[width:])) if row[0] else None for row in found}

    async def write(
        self, connection: AsyncConnection, changed: Iterable[Changed[Row]], developers: Mapping[str, UUID]
    ) -> None:
        """Insert what is new, update what changed, move what has another time."""
        new: list[Row] = []
        updated: list[tuple[Row, Row]] = []
        for change in changed:
            if change.before is None:
                new.append(change.after)
            else:
                updated.append((change.before, change.after))
        if new:
            await connection.exec_driver_sql(statements.insert(self.shape), self.dump(new, developers))
            if self.shape.keys:
                arrays = self.shape.key.arrays(map(self.key_of, new))
                await connection.exec_driver_sql(statements.insert_keys(self.shape), (*arrays, times(new)))
        if updated:
            before, after = [row for row, _ in updated], [row for _, row in updated]
            stored_times = [times(before)] if self.shape.keys else []
            await connection.exec_driver_sql(
                statements.update(self.shape), (*self.dump(after, developers), *stored_times)
            )
            if self.shape.keys:
                await self.move(connection, before, after)

    async def move(self, connection: AsyncConnection, before: Sequence[Row], after: Sequence[Row]) -> None:
        moves = [
            (self.key_of(row), stored, new)
            for row, stored, new in zip(after, times(before), times(after), strict=True)
            if stored != new
        ]
        if moves:
            arrays = self.shape.key.arrays(key for key, _, _ in moves)
            stored_times, new_times = [stored for _, stored, _ in moves], [new for _, _, new in moves]
            await connection.exec_driver_sql(statements.move(self.shape), (*arrays, stored_times, new_times))
            await connection.exec_driver_sql(statements.move_keys(self.shape), (*arrays, new_times))

    def dump(self, rows: Iterable[Row], developers: Mapping[str, UUID]) -> tuple[list[Any], ...]:
        return self.shape.written.arrays(
            (*self.values_of(row), *(developers.get(identity(row)) for identity in self.identities_of)) for row in rows
        )


def times(rows: Iterable[Any]) -> list[Any]:
    return [row.time for row in rows]

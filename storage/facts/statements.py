"""The few statements that read and write a table in sets. Pure: names of our own tables in, SQL out."""

from collections.abc import Collection
from dataclasses import dataclass

from storage.facts.columns import Columns


@dataclass(frozen=True)
class Shape:
    """`keys` is the table that holds identity and time of a hypertable: its rows are not found by identity alone, and
    not moved by UPDATE. Every statement takes one document of rows.
    """

    name: str
    keys: str | None
    key: Columns
    columns: Columns
    all_names: tuple[str, ...]
    nullable: Collection[str]

    def same(self, left: str, right: str) -> str:
        return " AND ".join(
            f'{left}."{name}" {"IS NOT DISTINCT FROM" if name in self.nullable else "="} {right}."{name}"'
            for name in self.key.names
        )


def select(shape: Shape, *, lock: bool = False) -> str:
    """Whether the row is there, its key, its values; by keys. Rows are locked in the order of their keys."""
    joins, present = f"JOIN {shape.name} t ON {shape.same('t', 's')}", "true"
    if shape.keys:
        joins = (
            f"JOIN {shape.keys} k ON {shape.same('k', 's')} "
            f"LEFT JOIN {shape.name} t ON t.time = k.time AND {shape.same('t', 'k')}"
        )
        # A frozen row is as good as gone: nothing changes it any more.
        present = "t.time IS NOT NULL" + (" AND NOT t.frozen" if "frozen" in shape.all_names else "")
    key = shape.key.of("s")
    statement = f"SELECT {present}, {key}, {shape.columns.of('t')} FROM {shape.key.source} {joins}"  # noqa: S608 (our own names)
    return statement + (f" ORDER BY {key} FOR NO KEY UPDATE OF t" if lock else "")


def insert(shape: Shape) -> str:
    columns = shape.columns
    statement = f"INSERT INTO {shape.name} ({columns.quoted}) SELECT {columns.of('s')} FROM "  # noqa: S608 (our own names)
    if not shape.keys:
        return statement + columns.source
    return (
        f"WITH s AS MATERIALIZED (SELECT * FROM {columns.source}), "  # noqa: S608 (our own names)
        f"identities AS (INSERT INTO {shape.keys} ({shape.key.quoted}, time) SELECT {shape.key.of('s')}, time FROM s) "
        f"{statement} s"
    )


def update(shape: Shape) -> str:
    """All columns but the key; of a hypertable all but the time: those are for `move`."""
    fixed = {*shape.key.names, *(["time"] if shape.keys else [])}
    settings = ", ".join(f'"{name}" = s."{name}"' for name in shape.columns.names if name not in fixed)
    rows, match = shape.columns.source, shape.same("t", "s")
    if shape.keys:
        rows, match = f"{rows} JOIN {shape.keys} k ON {shape.same('k', 's')}", f"{match} AND t.time = k.time"
    return f"UPDATE {shape.name} t SET {settings} FROM {rows} WHERE {match}"  # noqa: S608 (our own names)


def move(shape: Shape) -> str:
    """Rows with another time: delete and insert with every column, since a hypertable cannot move them from chunk to
    chunk. https://docs.tigerdata.com/use-timescale/latest/write-data/update/"""
    names = ", ".join(f'"{name}"' for name in shape.all_names)
    values = ", ".join("new_time" if name == "time" else f'"{name}"' for name in shape.all_names)
    return (
        f"WITH s AS MATERIALIZED (SELECT * FROM {shape.columns.source}), "  # noqa: S608 (our own names)
        f"identities AS (UPDATE {shape.keys} k SET time = s.time FROM s WHERE {shape.same('k', 's')}), "
        f"moved AS (DELETE FROM {shape.name} t USING s JOIN {shape.keys} k ON {shape.same('k', 's')} "
        f"WHERE {shape.same('t', 's')} AND t.time = k.time RETURNING t.*, s.time AS new_time) "
        f"INSERT INTO {shape.name} ({names}) SELECT {values} FROM moved"
    )

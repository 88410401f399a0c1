"""The few statements that read and write a table in sets. Pure: names of our own tables in, SQL out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from storage.facts.columns import Columns


@dataclass(frozen=True)
class Shape:
    """`keys` is the table that holds identity and time of a hypertable: its rows are not found by identity alone, and
    not moved by UPDATE. `people` are columns that hold a developer, each with the column of the identity behind it.
    """

    name: str
    keys: str | None
    key: Columns
    read: Columns
    written: Columns
    people: Mapping[str, str]
    all_names: tuple[str, ...]
    nullable: Collection[str]

    def same(self, left: str, right: str) -> str:
        return " AND ".join(
            f'{left}."{name}" {"IS NOT DISTINCT FROM" if name in self.nullable else "="} {right}."{name}"'
            for name in self.key.names
        )


def listed(alias: str, names: Iterable[str]) -> str:
    return ", ".join(f'{alias}."{name}"' for name in names)


def select(shape: Shape, *, lock: bool = False) -> str:
    """Whether the row is there, its key, its values; by arrays of the key. Rows are locked in order of the key."""
    joins = f"JOIN {shape.name} t ON {shape.same('t', 'wanted')}"
    present = "true"
    if shape.keys:
        joins = (
            f"JOIN {shape.keys} k ON {shape.same('k', 'wanted')} "
            f"LEFT JOIN {shape.name} t ON t.time = k.time AND {shape.same('t', 'k')}"
        )
        present = "t.time IS NOT NULL"
    key = listed("wanted", shape.key.names)
    return (
        f"SELECT {present}, {key}, {listed('t', shape.read.names)} "  # noqa: S608 (our own names)
        f"FROM {shape.key.unnest()} AS wanted({shape.key.quoted}) {joins}"
    ) + (f" ORDER BY {key} FOR NO KEY UPDATE OF t" if lock else "")


def insert(shape: Shape) -> str:
    columns = shape.written
    return (
        f"INSERT INTO {shape.name} ({columns.quoted}) "  # noqa: S608 (our own names)
        f"SELECT {', '.join(columns.of('s'))} FROM {columns.unnest()} AS s({columns.quoted})"
    )


def insert_keys(shape: Shape) -> str:
    return (
        f"INSERT INTO {shape.keys} ({shape.key.quoted}, time) "  # noqa: S608 (our own names)
        f"SELECT * FROM {with_times(shape, 1)} AS s({shape.key.quoted}, time)"
    )


def update(shape: Shape) -> str:
    """All columns but the key; of a hypertable all but the time, and the last array is the time the rows have."""
    columns = shape.written
    fixed = {*shape.key.names, *shape.people, *(["time"] if shape.keys else [])}
    settings = [
        f'"{name}" = {value}' for name, value in zip(columns.names, columns.of("s"), strict=True) if name not in fixed
    ] + [
        # Only the stored row knows the developer of an identity that an earlier batch brought.
        f"{person} = CASE WHEN t.{identity} IS NOT DISTINCT FROM s.{identity} THEN t.{person} ELSE s.{person} END"
        for person, identity in shape.people.items()
    ]
    rows, names, match = columns.unnest(), columns.quoted, shape.same("t", "s")
    if shape.keys:
        rows = f"{rows[:-1]}, ${len(columns.names) + 1}::timestamptz[])"
        names, match = f"{names}, stored_time", f"{match} AND t.time = s.stored_time"
    return f"UPDATE {shape.name} t SET {', '.join(settings)} FROM {rows} AS s({names}) WHERE {match}"  # noqa: S608 (our own names)


def with_times(shape: Shape, times: int) -> str:
    width = len(shape.key.names)
    arrays = "".join(f", ${width + 1 + index}::timestamptz[]" for index in range(times))
    return f"{shape.key.unnest()[:-1]}{arrays})"


def move(shape: Shape) -> str:
    """Delete at the stored time and insert at the new one, every column kept: a hypertable cannot move a row between
    chunks. https://docs.tigerdata.com/use-timescale/latest/write-data/update/"""
    columns = ", ".join(f'"{name}"' for name in shape.all_names)
    values = ", ".join("new_time" if name == "time" else f'"{name}"' for name in shape.all_names)
    return (
        f"WITH moved AS (DELETE FROM {shape.name} t "  # noqa: S608 (our own names)
        f"USING {with_times(shape, 2)} AS s({shape.key.quoted}, stored_time, new_time) "
        f"WHERE {shape.same('t', 's')} AND t.time = s.stored_time RETURNING t.*, s.new_time) "
        f"INSERT INTO {shape.name} ({columns}) SELECT {values} FROM moved"
    )


def move_keys(shape: Shape) -> str:
    return (
        f"UPDATE {shape.keys} k SET time = s.time "  # noqa: S608 (our own names)
        f"FROM {with_times(shape, 1)} AS s({shape.key.quoted}, time) WHERE {shape.same('k', 's')}"
    )

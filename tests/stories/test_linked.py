"""Who changes what linking finds in the same facts raises RULES, so that stored numbers are counted again.

linked.json holds a digest of each story's facts, and one of what linking and aggregates made of them: of rows, not of
code.
"""

import json
import os
import zlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.reading import read_delivery
from handlers.verdicts import Ignored
from storage.aggregates import refresh
from storage.facts import write_records
from storage.facts.touched import Touched
from storage.linking import relink
from storage.linking.rules import RULES
from storage.migrate import ensure_organization
from storage.models import Base
from storage.records import Record
from tests.stories.by_hand import say
from tests.stories.files import NAMES, stories_of
from tests.stories.test_stories import Told, tell

HELD = Path(__file__).with_name("linked.json")
WRITE = os.environ.get("DEVMETRICS_LINKED") == "write"
# New stories need not be held at once.
ENOUGH = 0.9
RAISE = (
    "linking finds something else in the same facts. Is that meant? Then raise RULES in storage/linking/rules.py, so "
    "that what older versions stored is counted again, and run `make linked`"
)
WRITE_ANEW = "the facts of stories changed, or RULES was raised: run `make linked`"
TABLES = [
    table for table in Base.metadata.sorted_tables if "repository_id" in table.columns and table.name != "links_due"
]


async def dump(connection: AsyncConnection) -> dict[UUID, list[str]]:
    """Every row of each repository, without ids, without when it was written, and without what is empty: a new column
    that nothing fills changes nothing."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for table in TABLES:
        columns = [as_date(one) for one in table.columns if not isinstance(one.type, sa.Uuid) and not is_now(one)]
        for row in await connection.execute(sa.select(table.c.repository_id.label("of"), *columns)):
            told = {name: value for name, value in row._mapping.items() if value and name != "of"}
            found[row.of].append(f"{table.name} {told}")
    return found


def as_date(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Of a bucket the day, which is its midnight where aggregates are continuous."""
    return sa.cast(column, sa.Date).label(column.name) if isinstance(column.type, sa.Date) else column


def is_now(column: sa.Column[Any]) -> bool:
    default = column.server_default
    return isinstance(default, sa.DefaultClause) and "now()" in str(default.arg)


def digest(*values: Any) -> str:
    return blake2b(repr(values).encode(), digest_size=8).hexdigest()


def every_story() -> list[Told]:
    """With ids of its own each, whatever others there are."""
    return [
        told
        for story in stories_of(*NAMES)
        for told in tell([story], "github", "x", 1000 * (zlib.crc32(story["story"].encode()) % 1_000_000))
    ]


async def write(connection: AsyncConnection, told: Told) -> Touched:
    """In an organization of its own: no story knows of another."""
    records: list[Record] = []
    for one in told.deliveries:
        with suppress(Ignored):
            records += read_delivery(one.provider, one.event, one.body, one.at, host="gitlab.parcelway.example")
    organization_id = await ensure_organization(connection, told.name)
    return await write_records(connection, organization_id, records)


async def link_all(connection: AsyncConnection, every: Sequence[Told]) -> dict[str, tuple[str, str]]:
    """By story the digests of its facts, with what people say of them, and of what they become."""
    touched = [await write(connection, told) for told in every]
    facts = await dump(connection)
    for told in every:
        organization_id = await ensure_organization(connection, told.name)
        for name, timeline in told.timelines.items():
            await say(connection, organization_id, timeline, told.story.get("settings", {}) if name == "" else {})
    weeks = await relink(connection, set().union(*(one.repositories for one in touched)))
    days = set().union(*(one.commit_days for one in touched))
    await refresh(connection, days, weeks.union(*(one.deployment_weeks for one in touched)))
    linked = await dump(connection)
    found = {}
    for told, one in zip(every, touched, strict=True):
        marks = [(mark.key, mark.says, mark.at) for timeline in told.timelines.values() for mark in timeline.marks]
        said = (marks, told.story.get("settings"))
        of = one.repositories
        before, after = (sorted(line for each in of for line in rows[each]) for rows in (facts, linked))
        found[told.story["story"]] = (digest(before, said), digest(after))
    return found


async def test_linking_finds_the_same_in_the_same_facts_or_rules_is_raised(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        found = await link_all(connection, every_story())
    before: dict[str, Any] = json.loads(HELD.read_text())
    held = {name: one for name, one in before["stories"].items() if name in found and found[name][0] == one[0]}
    different = sorted(name for name, one in held.items() if found[name][1] != one[1])
    assert before["rules"] != RULES or not different, f"{RAISE}: {different}"
    if WRITE:
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found))
        HELD.write_text(f'{{"rules": {RULES}, "stories": {{\n{lines}\n}}}}\n')
    else:
        assert before["rules"] == RULES, WRITE_ANEW
        assert len(held) >= ENOUGH * len(found), WRITE_ANEW

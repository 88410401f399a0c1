"""What a story expects, compared with what was stored. Everything is read back as a person would write it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.stories.git import Git
from tests.stories.moments import FIRST_DAY
from tests.stories.timeline import Timeline

UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def duration(words: str) -> float:
    """`1d 2h 30m` in seconds."""
    parts = re.findall(r"(\d+)([dhms])", words)
    if not parts or re.sub(r"\d+[dhms]|\s", "", words):
        raise ValueError(f"{words!r} is no duration: write 1d 2h 30m")
    return float(sum(int(number) * UNIT[unit] for number, unit in parts))


def spell_moment(at: datetime) -> str:
    days = (at - FIRST_DAY).days
    return f"d{days + 1} {at:%H:%M:%S}" if at.second else f"d{days + 1} {at:%H:%M}"


def spell_duration(seconds: float) -> str:
    rest = timedelta(seconds=seconds)
    hours, rest_seconds = divmod(rest.seconds, 3600)
    minutes, whole = divmod(rest_seconds, 60)
    words = [
        f"{count}{unit}" for count, unit in ((rest.days, "d"), (hours, "h"), (minutes, "m"), (whole, "s")) if count
    ]
    return " ".join(words) or "0m"


def spell_change(change: Sequence[str], git: Git) -> str:
    kind, key = change
    return f"#{key}" if kind == "pull_request" else git.commits[key].name


def number(key: str) -> int:
    """12 of `deployment:12`, `pipeline:12:deploy` and `merge:12:api`."""
    return int(key.split(":")[1])


class Read:
    """The derived rows of the story's repository, in the story's words."""

    def __init__(self, connection: AsyncConnection, repository_id: UUID, timeline: Timeline) -> None:
        self._connection = connection
        self._id = repository_id
        self._git = timeline.git

    async def rows(self, statement: str) -> list[Any]:
        return list((await self._connection.execute(text(statement), {"id": self._id})).all())

    async def changes(self) -> list[str]:
        rows = await self.rows("SELECT kind, key FROM changes WHERE repository_id = :id AND NOT is_bot")
        return sorted(spell_change(row, self._git) for row in rows)

    async def unplanned_changes(self) -> dict[str, str]:
        rows = await self.rows(
            "SELECT kind, key, unplanned_kind FROM changes WHERE repository_id = :id AND unplanned_kind IS NOT NULL"
        )
        return {spell_change(row[:2], self._git): row[2] for row in rows}

    async def first_commits(self) -> dict[str, str]:
        rows = await self.rows("SELECT kind, key, first_commit_at FROM changes WHERE repository_id = :id")
        return {spell_change(row[:2], self._git): spell_moment(row[2]) for row in rows}

    async def shipped(self) -> dict[int, list[str]]:
        rows = await self.rows(
            "SELECT deployment_key, kind, key FROM shipped_changes"
            " WHERE repository_id = :id AND left_out IS DISTINCT FROM 'bot'"
        )
        found: dict[int, list[str]] = defaultdict(list)
        for deployment_key, *change in rows:
            found[number(deployment_key)].append(spell_change(change, self._git))
        return {deployment: sorted(changes) for deployment, changes in found.items()}

    async def lead_times(self) -> dict[str, str]:
        rows = await self.rows(
            "SELECT kind, key, lead_time_seconds, left_out FROM shipped_changes WHERE repository_id = :id AND earliest"
        )
        return {
            spell_change(row[:2], self._git): row[3] or spell_duration(row[2])  # "bot" and "negative" have no time
            for row in rows
        }

    async def estimated(self) -> list[str]:
        rows = await self.rows("SELECT kind, key FROM shipped_changes WHERE repository_id = :id AND estimated")
        return sorted(spell_change(row, self._git) for row in rows)

    async def outcomes(self) -> dict[int, str]:
        rows = await self.rows(
            "SELECT provider_key, coalesce(outcome, 'none') FROM deployments"
            " WHERE repository_id = :id AND environment = 'production'"
        )
        return {number(row[0]): row[1] for row in rows}

    async def because(self) -> dict[int, str]:
        rows = await self.rows(
            "SELECT provider_key, kind FROM deployment_evidence WHERE repository_id = :id AND decides"
        )
        return {number(row[0]): row[1] for row in rows}

    async def recovery(self) -> dict[int, str]:
        rows = await self.rows(
            "SELECT provider_key, failed_at, recovered_at FROM deployments"
            " WHERE repository_id = :id AND counts_recovery"
        )
        return {
            number(row[0]): f"{spell_moment(row[1])} - {spell_moment(row[2]) if row[2] else 'open'}" for row in rows
        }

    async def unplanned(self) -> list[int]:
        rows = await self.rows("SELECT provider_key FROM deployments WHERE repository_id = :id AND unplanned")
        return sorted(number(row[0]) for row in rows)

    async def stages(self) -> dict[int, dict[str, str]]:
        rows = await self.rows(
            "SELECT pr_number, first_commit_at, ready_at, first_review_at, merged_at, shipped_at FROM pull_requests"
            " WHERE repository_id = :id AND is_change AND merged_at IS NOT NULL"
        )
        return {row[0]: spell_stages(*row[1:]) for row in rows}

    async def review_comments(self) -> dict[int, int]:
        rows = await self.rows("SELECT pr_number, review_comments FROM pull_requests WHERE repository_id = :id")
        return {row[0]: row[1] for row in rows}

    async def notes(self) -> dict[str, int]:
        rows = await self.rows("SELECT kind, count(*) FROM link_notes WHERE repository_id = :id GROUP BY kind")
        return {row[0]: row[1] for row in rows}


def spell_stages(
    first: datetime, ready: datetime, review: datetime | None, merged: datetime, shipped: datetime | None
) -> dict[str, str]:
    def between(start: datetime, end: datetime) -> str:
        return spell_duration((end - start).total_seconds())

    stages = {"coding": between(first, ready), "pickup": between(ready, review or merged)}
    if review is not None:
        stages["review"] = between(review, merged)
    if shipped is not None:
        stages["deploy"] = between(merged, shipped)
    return stages


def normal(expected: Any) -> Any:
    """Lists in the order in which they are read back."""
    if isinstance(expected, dict):
        return {key: normal(value) for key, value in expected.items()}
    return sorted(expected) if isinstance(expected, list) else expected

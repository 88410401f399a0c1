"""Two databases that should say the same, however they learned it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.storage.facts.dumping import dump

# About asking itself.
ASKING = {"enrichment_requests", "history_readings", "provider_runs", "redeliveries", "links_due"}
# How and when something was learned.
LEARNED = {"seen_at", "told_at", "first_event_at", "time_source", "status_at", "provider_review_comments"}

TAG = "refs/tags/"


async def facts(engine: AsyncEngine) -> dict[str, list[dict[str, Any]]]:
    """Everything but what tells how it was learned."""
    async with engine.connect() as connection:
        tables: Mapping[str, list[dict[str, Any]]] = await dump(connection)
    kept = {
        name: sorted(({key: row[key] for key in row if key not in LEARNED} for row in rows), key=repr)
        for name, rows in tables.items()
        if name not in ASKING
    }
    # Where a tag is set, its push tells, or whoever is asked about its release.
    tags = {(row["repository_id"], row["ref"]): row["after"] for row in kept.get("pushes", []) if row["ref"] >= TAG}
    kept["pushes"] = [row for row in kept.get("pushes", []) if row["ref"] < TAG]
    for row in kept.get("deployments", []):
        row["sha"] = row["sha"] or tags.get((row["repository_id"], row["ref"]))
    # What is no incident any more is in no number, and nobody lists it.
    kept["incidents"] = [row for row in kept.get("incidents", []) if row["is_incident"]]
    # Nobody asks for the files of what tells no services apart.
    for row in kept.get("commits", []):
        if row["is_merge"] or not row["on_default_branch"]:
            row["paths"] = None
    # Nobody asks for the commits of what was not merged: they are in no number.
    merged = {(row["repository_id"], row["pr_number"]) for row in kept.get("pull_requests", []) if row["merged_at"]}
    listed = kept.get("pull_request_commits", [])
    kept["pull_request_commits"] = [row for row in listed if (row["repository_id"], row["pr_number"]) in merged]
    return kept


def differences(
    first: Mapping[str, list[dict[str, Any]]], second: Mapping[str, list[dict[str, Any]]]
) -> dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """By table: rows that only one of them has."""
    found = {}
    for name in {*first, *second}:
        here, there = ({repr(row): row for row in rows.get(name, [])} for rows in (first, second))
        mine = [row for said, row in here.items() if said not in there]
        theirs = [row for said, row in there.items() if said not in here]
        if mine or theirs:
            found[name] = (mine, theirs)
    return found

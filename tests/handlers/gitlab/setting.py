"""A database beside a local GitLab: who asks it, what is wanted of it, and the same told by its webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from handlers.asking.api import Place
from handlers.asking.writing import write_and_link
from handlers.gitlab.api import GitLabApi
from handlers.gitlab.client import Client
from handlers.gitlab.connecting import Connected
from handlers.incidents import BY_DEFAULT, IncidentLabels
from handlers.reading import read_delivery
from storage.records import HistoryRequest, Record, RepositoryKey
from storage.records import Repository as RepositoryRecord
from tests.fakes.gitlab import World

# What webhooks tell and the API does not: whose account an address is, files, what became of a closed merge request
# that was opened again, commits that a rebase replaced. And what only the API tells.
UNTOLD_COLUMNS = {
    *("author_id", "author_identity", "reviewer_id", "deployed_by", "developer_id", "paths"),
    *("provider_created_at", "lines_added", "lines_deleted", "files_changed"),
}
UNTOLD_TABLES = {"developers", "developer_identities", "pull_request_commits", "commit_keys"}


def api_at(
    url: str, host: str, organization_id: UUID, token: str, incident_labels: IncidentLabels = BY_DEFAULT
) -> GitLabApi:
    return GitLabApi(Place(organization_id, "gitlab", host), Client(url, token), Connected(url, token), incident_labels)


async def want_histories(
    engine: AsyncEngine, organization_id: UUID, world: World, host: str, since: datetime | None
) -> None:
    records: list[Record] = []
    for project in world.projects.values():
        key = RepositoryKey("gitlab", host, str(project.id))
        records += [RepositoryRecord(key, project.path, None, None, None), HistoryRequest(key, since)]
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


async def tell(engine: AsyncEngine, organization_id: UUID, told: Sequence[Delivery], host: str) -> None:
    """As webhooks, through the handlers and the same writing as the worker's."""
    records: list[Record] = []
    for one in told:
        records += read_delivery("gitlab", one.event, one.body, one.at, host=host)
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


def as_both_tell(facts: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What decides numbers, however it was learned."""
    kept = {
        name: [{key: row[key] for key in row if key not in UNTOLD_COLUMNS} for row in rows]
        for name, rows in facts.items()
        if name not in UNTOLD_TABLES
    }
    for name in ("commits", "pushes"):
        kept[name] = [row for row in kept[name] if row["on_default_branch"]]
    ends = {(row["repository_id"], row["pr_number"]): row["closed_at"] for row in kept["pull_requests"]}
    kept["pull_request_events"] = [
        row
        for row in kept["pull_request_events"]
        if row["kind"] != "reopened"
        and (row["kind"] != "closed" or row["at"] == ends[row["repository_id"], row["pr_number"]])
    ]
    return kept

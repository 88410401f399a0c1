"""Rows written straight into the tables, as linking would have left them, for numbers worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.report import Window
from reports.windows import window_between
from storage.models import changes, deliveries, deployments, history, organizations, people, pull_requests, repositories

# A Monday.
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
# Long before every window that the tests ask for.
TRACKED = datetime(2025, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """`2026-11-02T10:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str, timezone: str = "UTC") -> Window:
    return window_between(at(start), at(end), timezone)


NOVEMBER_WEEK = window("2026-11-02", "2026-11-09")


class Filling:
    """Inserts rows into the tables of one organization. Every method returns what the next one needs."""

    def __init__(self, connection: AsyncConnection, organization_id: UUID) -> None:
        self.connection = connection
        self.organization_id = organization_id
        self._number = 0

    def _next(self) -> int:
        self._number += 1
        return self._number

    async def _insert(self, model: Any, **values: Any) -> None:
        await self.connection.execute(sa.insert(model).values(values))

    async def organization(self, slug: str, **more: Any) -> UUID:
        organization_id = uuid4()
        await self._insert(organizations.Organization, id=organization_id, slug=slug, name=slug, **more)
        return organization_id

    async def repository(
        self, path: str = "acme/api", provider: str = "github", tracked_since: datetime | None = TRACKED, **more: Any
    ) -> UUID:
        number = self._next()
        key: dict[str, Any] = {"provider_id": str(number), "host": f"{provider}.com", "seen_at": tracked_since}
        if tracked_since is None:
            key = {}
        values = {
            "id": uuid4(),
            "organization_id": self.organization_id,
            "name": path.rpartition("/")[2],
            "path": path,
            "provider": provider,
            "url": f"https://{provider}.com/{path}",
            "default_branch": "main",
            "first_event_at": tracked_since,
            **key,
            **more,
        }
        await self._insert(repositories.Repository, **values)
        return UUID(str(values["id"]))

    async def team(
        self, slug: str = "platform", owns: tuple[UUID, ...] = (), timezone: str | None = None, **more: Any
    ) -> UUID:
        team_id = uuid4()
        name = more.pop("name", slug.title())
        await self._insert(
            organizations.Team, id=team_id, organization_id=self.organization_id, slug=slug, name=name, **more
        )
        for repository_id in owns:
            owned = {"team_id": team_id, "repository_id": repository_id, "added_by": more.get("added_by", "person")}
            await self._insert(organizations.TeamRepository, **owned)
        if timezone:
            await self._insert(organizations.TeamSettings, team_id=team_id, timezone=timezone)
        return team_id

    async def service(self, repository_id: UUID, name: str) -> None:
        await self._insert(repositories.Service, repository_id=repository_id, name=name)

    async def team_service(self, team_id: UUID, repository_id: UUID, service: str) -> None:
        await self._insert(organizations.TeamService, team_id=team_id, repository_id=repository_id, service=service)

    async def deployment(
        self, repository_id: UUID, finished_at: datetime | None, outcome: str | None = "succeeded", **more: Any
    ) -> str:
        values = {
            "time": finished_at or MONDAY,
            "repository_id": repository_id,
            "environment": "production",
            "environment_name": "production",
            "status": "failed" if outcome == "failed" else "success",
            "provider_key": f"deployment:{self._next()}",
            "sha": "1a2b3c4d5e",
            "url": "https://github.com/acme/api/deployments",
            "status_at": finished_at or MONDAY,
            "finished_at": finished_at,
            "outcome": outcome,
            **more,
        }
        await self._insert(deployments.Deployment, **values)
        return str(values["provider_key"])

    async def failure(
        self, repository_id: UUID, failed_at: datetime, recovered_at: datetime | None, **more: Any
    ) -> str:
        values = {"failed_at": failed_at, "recovered_at": recovered_at, "counts_recovery": True, **more}
        return await self.deployment(repository_id, values.pop("finished_at", failed_at), "failed", **values)

    async def evidence(self, repository_id: UUID, key: str, kind: str, *, decides: bool = True) -> None:
        await self._insert(
            deployments.DeploymentEvidence,
            repository_id=repository_id,
            provider_key=key,
            kind=kind,
            source=f"{kind}:1",
            at=MONDAY,
            decides=decides,
        )

    async def shipped(
        self,
        repository_id: UUID,
        shipped_at: datetime,
        hours: float,
        kind: str = "pull_request",
        key: str | None = None,
        **more: Any,
    ) -> str:
        """A change that took so many hours from its first commit to this shipment."""
        key = key or str(self._next())
        first = shipped_at - timedelta(hours=hours)
        values = {
            "repository_id": repository_id,
            "service": "",
            "kind": kind,
            "key": key,
            "deployment_key": "deployment:1",
            "shipped_at": shipped_at,
            "first_commit_at": first,
            "lead_time_seconds": None if more.get("left_out") else hours * 3600,
            "earliest": True,
            **more,
        }
        await self._insert(changes.ShippedChange, **values)
        return key

    async def change(self, repository_id: UUID, merged_at: datetime, key: str, **more: Any) -> None:
        values = {
            "repository_id": repository_id,
            "kind": "pull_request",
            "key": key,
            "first_commit_at": merged_at,
            "merged_at": merged_at,
            **more,
        }
        await self._insert(changes.Change, **values)

    async def note(self, repository_id: UUID, kind: str, moment: datetime) -> None:
        await self._insert(
            changes.LinkNote, repository_id=repository_id, kind=kind, subject=str(self._next()), at=moment
        )

    async def pull_request(self, repository_id: UUID, created_at: datetime, **more: Any) -> int:
        number = int(more.pop("number", None) or self._next())
        values = {
            "time": created_at,
            "repository_id": repository_id,
            "pr_number": number,
            "state": "merged" if more.get("merged_at") else "closed" if more.get("closed_at") else "open",
            "seen_at": created_at,
            "title": f"Change {number}",
            "url": f"https://github.com/acme/api/pull/{number}",
            "ready_at": created_at,
            **more,
        }
        await self._insert(pull_requests.PullRequest, **values)
        return number

    async def merged(
        self,
        repository_id: UUID,
        merged_at: datetime,
        coding: float = 1,
        pickup: float = 1,
        review: float | None = 1,
        deploy: float | None = None,
        **more: Any,
    ) -> int:
        """A merged pull request with the hours of its stages. Its creation is when it was ready."""
        reviewed = merged_at - timedelta(hours=review) if review is not None else None
        ready = (reviewed or merged_at) - timedelta(hours=pickup)
        return await self.pull_request(
            repository_id,
            ready,
            merged_at=merged_at,
            closed_at=merged_at,
            first_commit_at=ready - timedelta(hours=coding),
            ready_at=ready,
            first_review_at=reviewed,
            shipped_at=None if deploy is None else merged_at + timedelta(hours=deploy),
            **{"is_change": True, "review_comments": 0, **more},
        )

    async def developer(self, name: str, *, bot: bool = False) -> UUID:
        developer_id = uuid4()
        await self._insert(people.Developer, id=developer_id, name=name, github_username=name, is_bot=bot)
        return developer_id

    async def asked(self, repository_id: UUID, number: int, name: str, **more: Any) -> None:
        values = {"requested": True, "seen_at": MONDAY, "reviewer": f"account:{self._next()}", **more}
        await self._insert(
            pull_requests.ReviewRequest, repository_id=repository_id, pr_number=number, name=name, **values
        )

    async def commit(self, repository_id: UUID, time: datetime, **more: Any) -> str:
        values = {
            "time": time,
            "repository_id": repository_id,
            "commit_sha": f"{self._next():040x}",
            "message": "Add a thing\n\nWith a reason.",
            "time_source": "push",
            "on_default_branch": True,
            **more,
        }
        await self._insert(history.Commit, **values)
        return str(values["commit_sha"])

    async def delivery(self, state: str) -> None:
        await self._insert(
            deliveries.WebhookDelivery,
            organization_id=self.organization_id,
            provider="github",
            delivery_key=str(self._next()),
            event="push",
            state=state,
        )

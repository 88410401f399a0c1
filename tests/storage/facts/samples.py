"""Records with everything filled in, to be varied by the one thing a test is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import Commit, DeploymentStatus, Person, PullRequest, Repository, RepositoryKey

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
API = RepositoryKey("github", "github.com", "1")


def at(minutes: float) -> datetime:
    """A moment of the sample day, in minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def repository(key: RepositoryKey = API, path: str = "acme/api", **fields: Any) -> Repository:
    return Repository(**{"key": key, "path": path, "url": None, "default_branch": "main", "seen_at": NOON, **fields})


def account(user_id: str, username: str = "jane", **fields: Any) -> Person:
    told = {"provider": "github", "host": "github.com", "name": None, "email": None, "bot": False, "seen_at": NOON}
    return Person(**{**told, "user_id": user_id, "username": username, **fields})


def address(email: str, **fields: Any) -> Person:
    return account(**{"user_id": None, "username": None, "email": email, **fields})


def commit(sha: str = "a" * 40, **fields: Any) -> Commit:
    told = {"time": NOON, "time_source": "push", "author": None, "message": "Work", "on_default_branch": True}
    return Commit(**{"repository": API, "sha": sha, "merge": False, "bot": False, **told, **fields})


def status(status: str, minutes: float, **fields: Any) -> DeploymentStatus:
    told = {"environment_name": "prod", "environment": "production", "sha": "a" * 40, "ref": "main", "url": None}
    told |= {"started_at": None, "deployed_by": None, "provider_key": "deployment:1"}
    return DeploymentStatus(**{"repository": API, "status": status, "status_at": at(minutes), **told, **fields})


def pull_request(minutes: float, state: str = "open", **fields: Any) -> PullRequest:
    told: dict[str, Any] = {"number": 1, "created_at": NOON, "merged_at": None, "closed_at": None, "draft": False}
    told |= {"author": None, "title": "Change", "url": None, "body": None, "base_ref": "main", "head_ref": "change"}
    told |= {"head_repository": "1", "head_sha": "b" * 40, "merge_sha": None, "labels": ()}
    return PullRequest(**{"repository": API, "seen_at": at(minutes), "state": state, **told, **fields})


async def query(connection: AsyncConnection, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(text(sql), parameters)).mappings()]

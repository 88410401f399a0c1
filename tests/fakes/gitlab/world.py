"""What is in the fake GitLab, and how it behaves."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.gitlab.delivering import Delivering

Json = dict[str, Any]
GUEST, REPORTER, MAINTAINER, OWNER = 10, 20, 40, 50


@dataclass
class Hook:
    id: int
    told: Json
    alert_status: str = "executable"
    events: list[Json] = field(default_factory=list)
    # None: nothing is sent.
    delivering: "Delivering | None" = None

    def shown(self, *, signing: bool) -> Json:
        """Without its secrets, as GitLab shows it."""
        secrets = {"token", "signing_token"}
        shown = {name: value for name, value in self.told.items() if name not in secrets}
        if signing:
            shown["signing_token_present"] = bool(self.told.get("signing_token"))
        return {"id": self.id, "alert_status": self.alert_status, "disabled_until": None, **shown}


@dataclass
class Project:
    id: int
    path: str
    default_branch: str = "main"
    archived: bool = False
    created_at: str = "2024-02-01T09:00:00.000Z"
    # The newest first, as GitLab lists them.
    commits: list[Json] = field(default_factory=list)
    # Of other branches, or forced away.
    other_commits: list[Json] = field(default_factory=list)
    merge_requests: dict[int, Json] = field(default_factory=dict)
    merge_request_commits: dict[int, list[Json]] = field(default_factory=dict)
    merge_request_notes: dict[int, list[Json]] = field(default_factory=dict)
    merge_request_approvals: dict[int, Json] = field(default_factory=dict)
    # The newest first, as GraphQL shows them.
    releases: list[Json] = field(default_factory=list)
    # Pipelines: those that started them, with their projects.
    upstream: dict[int, tuple[int, int]] = field(default_factory=dict)
    sizes: dict[int, Json] = field(default_factory=dict)
    deployments: list[Json] = field(default_factory=list)
    environments: list[Json] = field(default_factory=list)
    # Of groups that it is shared with: id to access level.
    shared_with: dict[int, int] = field(default_factory=dict)
    issues: list[Json] = field(default_factory=list)
    pushes: list[Json] = field(default_factory=list)
    # Of commits, by SHA: old and new paths.
    diffs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    # Branches: their newest commits.
    heads: dict[str, str] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)

    def shown(self, url: str, access_level: int) -> Json:
        return {
            "id": self.id,
            "name": self.path.rpartition("/")[2],
            "path_with_namespace": self.path,
            "web_url": f"{url}/{self.path}",
            "default_branch": self.default_branch,
            "created_at": self.created_at,
            "archived": self.archived,
            "shared_with_groups": [
                {"group_id": group, "group_access_level": level} for group, level in self.shared_with.items()
            ],
            "permissions": {"project_access": None, "group_access": {"access_level": access_level}},
        }


@dataclass
class Group:
    id: int
    path: str
    name: str
    members: list[Json] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)

    def shown(self, url: str) -> Json:
        path = self.path.rpartition("/")[2]
        return {
            "id": self.id,
            "path": path,
            "full_path": self.path,
            "name": self.name,
            "web_url": f"{url}/groups/{self.path}",
        }


@dataclass
class World:
    # Where people see it, if not where it answers.
    web: str = ""
    version: str = "18.6.0"
    token: str = "glpat-good"
    scopes: tuple[str, ...] = ("api",)
    expires_at: str | None = "2027-05-01"
    # Of the token, everywhere.
    access_level: int = OWNER
    # Premium has hooks of groups.
    premium: bool = True
    # GitLab that signs.
    signing: bool = True
    groups: dict[int, Group] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    # What goes wrong next: (status, headers), first come first served.
    failures: list[tuple[int, Json]] = field(default_factory=list)
    # At most so many items of a list on a page.
    page: int = 100
    # Seconds that each answer takes.
    delay: float = 0.0
    # Nothing is answered before this is set.
    held: asyncio.Event | None = None
    calls: Counter[str] = field(default_factory=Counter)
    tested: list[int] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    _ids: int = 900

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    def add_group(self, id_: int, path: str, name: str) -> Group:
        return self.groups.setdefault(id_, Group(id_, path, name))

    def add_project(self, id_: int, path: str) -> Project:
        return self.projects.setdefault(id_, Project(id_, path))

    def projects_in(self, group: Group) -> list[Project]:
        return [project for project in self.projects.values() if project.path.startswith(f"{group.path}/")]

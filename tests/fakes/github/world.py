"""What there is on the local GitHub: plain state, changed by whoever tells its history."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ZEROS = "0" * 40
FOLDERS = ("services/api", "services/web", "docs")


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Account:
    id: int
    login: str
    name: str
    email: str
    type: str = "User"

    def rest(self) -> dict[str, Any]:
        return {"id": self.id, "login": self.login, "type": self.type}

    def actor(self) -> dict[str, Any]:
        return {"__typename": self.type, "databaseId": self.id, "login": self.login.removesuffix("[bot]")}


@dataclass
class Commit:
    sha: str
    parents: tuple[str, ...]
    message: str
    author: Account
    authored_at: datetime
    committed_at: datetime

    @property
    def size(self) -> tuple[int, int, int]:
        """Lines added and deleted, files: any numbers, always the same."""
        digest = hashlib.sha256(self.sha.encode()).digest()
        return digest[0], digest[1] % 100, 1 + digest[2] % 9

    @property
    def files(self) -> list[str]:
        """In one or two of three folders."""
        digest = hashlib.sha256(self.sha.encode()).digest()
        return sorted({f"{folder}/{self.sha[:4]}.py" for folder in (FOLDERS[digest[3] % 3], FOLDERS[digest[4] % 3])})


@dataclass
class Review:
    id: int
    author: Account
    state: str
    at: datetime


@dataclass
class Comment:
    id: int
    number: int
    author: Account
    at: datetime


@dataclass
class PullRequest:
    id: int
    number: int
    title: str
    body: str
    author: Account
    branch: str
    created_at: datetime
    updated_at: datetime
    head: str
    draft: bool = False
    commits: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    # (type of GraphQL, time, whom it concerns)
    moments: list[tuple[str, datetime, Account | None]] = field(default_factory=list)
    requested: list[Account] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    merge_sha: str | None = None
    review_comments: int = 0


@dataclass
class Deployment:
    id: int
    sha: str
    environment: str
    creator: Account
    created_at: datetime
    ref: str = "main"
    # (state, time)
    statuses: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass
class Run:
    id: int
    name: str
    sha: str
    created_at: datetime
    actor: Account
    # (conclusion, start, end) of each attempt
    attempts: list[tuple[str, datetime, datetime]] = field(default_factory=list)


@dataclass
class Release:
    id: int
    tag: str
    published_at: datetime
    author: Account


@dataclass
class Issue:
    number: int
    title: str
    labels: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    body: str = ""


@dataclass
class Move:
    ref: str
    before: str
    after: str
    at: datetime
    type: str
    actor: Account


@dataclass
class Repository:
    id: int
    owner: str
    name: str
    web: str
    created_at: datetime
    archived: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    head: str = ""
    # Of the branch that production is deployed from, where it is another one.
    live: str = ""
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    # The commits that they are on.
    tags: dict[str, str] = field(default_factory=dict)
    # What settings say of its deployments.
    source: str = "deployments"
    moves: list[Move] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.owner}/{self.name}"

    def rest(self, **more: Any) -> dict[str, Any]:
        return {
            "id": self.id,
            "full_name": self.path,
            "private": True,
            "html_url": f"{self.web}/{self.path}",
            "default_branch": "main",
            "created_at": stamp(self.created_at),
            "archived": self.archived,
            **more,
        }

    def line(self, head: str) -> list[Commit]:
        """Everything reachable, the newest first."""
        seen: dict[str, Commit] = {}
        waiting = [head]
        while waiting:
            sha = waiting.pop()
            if sha and sha not in seen and sha in self.commits:
                seen[sha] = self.commits[sha]
                waiting += self.commits[sha].parents
        order = {sha: place for place, sha in enumerate(self.commits)}
        return sorted(seen.values(), key=lambda commit: -order[commit.sha])


@dataclass
class Team:
    id: int
    slug: str
    name: str
    members: list[Account] = field(default_factory=list)
    # Path -> permission
    repositories: dict[str, str] = field(default_factory=dict)


@dataclass
class Installation:
    id: int
    login: str
    suspended: bool = False


@dataclass
class World:
    """One organization with the App on it."""

    # Where people see it; the server may be anywhere.
    web: str = "https://github.test"
    login: str = "octo"
    repositories: dict[str, Repository] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    installation: Installation = field(default_factory=lambda: Installation(77, "octo"))
    # Of the same App, on other accounts, which are only listed.
    other_installations: list[Installation] = field(default_factory=list)

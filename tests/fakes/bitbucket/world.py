"""What is in the fake Bitbucket, and how it behaves."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Json = dict[str, Any]
EVERY_SCOPE = ("repository", "pullrequest", "pipeline", "webhook")


@dataclass
class Repository:
    uuid: str
    full_name: str
    main_branch: str | None = "main"
    created_on: str = "2024-02-01T09:00:00.000000+00:00"
    # By SHA, as a page of the list shows them.
    commits: dict[str, Json] = field(default_factory=dict)
    # Branches: their newest commits.
    heads: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pull_requests: dict[int, Json] = field(default_factory=dict)
    pull_request_commits: dict[int, list[str]] = field(default_factory=dict)
    # The newest first.
    activity: dict[int, list[Json]] = field(default_factory=dict)
    # By SHA, or by the number of a pull request.
    diffstats: dict[str | int, list[Json]] = field(default_factory=dict)
    deployments: list[Json] = field(default_factory=list)
    # By SHA.
    statuses: dict[str, list[Json]] = field(default_factory=dict)
    hooks: list[Json] = field(default_factory=list)

    @property
    def workspace(self) -> str:
        return self.full_name.partition("/")[0]

    @property
    def slug(self) -> str:
        return self.full_name.partition("/")[2]

    def shown(self) -> Json:
        return {
            "type": "repository",
            "uuid": self.uuid,
            "full_name": self.full_name,
            "links": {"html": {"href": f"https://bitbucket.org/{self.full_name}"}},
            "mainbranch": {"type": "branch", "name": self.main_branch} if self.main_branch else None,
            "created_on": self.created_on,
            "updated_on": self.created_on,
        }

    def reachable(self, sha: str) -> set[str]:
        found: set[str] = set()
        waiting = [sha]
        while waiting:
            one = waiting.pop()
            if one in self.commits and one not in found:
                found.add(one)
                waiting += [parent["hash"] for parent in self.commits[one]["parents"]]
        return found


@dataclass
class World:
    token: str = "ATCTT3xFfGN0-good"
    # Of whose account the token is; empty: an access token.
    email: str = ""
    scopes: tuple[str, ...] = EVERY_SCOPE
    # Whether the token's owner administers what it sees.
    administrator: bool = True
    repositories: dict[str, Repository] = field(default_factory=dict)
    # By workspace.
    hooks: dict[str, list[Json]] = field(default_factory=dict)
    # What goes wrong next: (status, headers), first come first served.
    failures: list[tuple[int, Json]] = field(default_factory=list)
    # Headers of every answer.
    headers: dict[str, str] = field(default_factory=dict)
    # At most so many items of a list on a page.
    page: int = 1000
    # Seconds that each answer takes.
    delay: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    # How many calls were under way at once, at most.
    busiest: int = 0

    def add_repository(self, number: int, full_name: str) -> Repository:
        uuid = f"{{{UUID(int=number)}}}"
        self.hooks.setdefault(full_name.partition("/")[0], [])
        return self.repositories.setdefault(uuid, Repository(uuid, full_name))

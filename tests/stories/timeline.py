"""A story's timeline, told as deliveries: what happened in a repository, in the webhooks of GitHub or GitLab."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from bot.demo.company import Delivery
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Commit
from tests.stories import branches, deployments, pull_requests
from tests.stories.git import Git, StoryCommit, sha_of
from tests.stories.happenings import Mark, OpenPullRequest, Push
from tests.stories.moments import moment
from tests.stories.pull_requests import ZEROS
from tests.stories.telling_github import GitHub
from tests.stories.telling_gitlab import GitLab

WORDS = {**branches.WORDS, **pull_requests.WORDS, **deployments.WORDS}
NAMED_SHA = re.compile(r"\{(\w+)(?::(\d+))?\}")
LONG_AGO = datetime(2023, 2, 14, 9, 12, 40, tzinfo=UTC)


@dataclass(eq=False)
class Timeline:
    """The world of one repository, and its teller."""

    provider: GitHub | GitLab
    of: Repository
    git: Git = field(default_factory=Git)
    pull_requests: dict[int, OpenPullRequest] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    # The provider's key of each deployment, by its number.
    keys: dict[int, str] = field(default_factory=dict)
    # When each deployment began; which of production finished.
    begun: dict[int, datetime] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    # What somebody is called since they were renamed.
    names: dict[str, str] = field(default_factory=dict)
    reviews: int = 0

    def tell(self, happening: dict[str, Any]) -> list[Delivery]:
        """The deliveries of one line of the timeline."""
        line = {key: self._fill(value) for key, value in happening.items() if key != "in"}
        at = moment(line.pop("at"))
        word = next(iter(line))
        what = line.pop(word)
        return list(WORDS[word](self, what, at, **line))

    @property
    def gitlab(self) -> bool:
        return self.of.provider == "gitlab"

    def _fill(self, value: Any) -> Any:
        """`{a1}` is the SHA of the commit a1, `{a1:8}` its first eight characters, acme/api this repository."""
        if isinstance(value, str):
            told = NAMED_SHA.sub(lambda found: sha_of(found[1])[: int(found[2] or 40)], value)
            return told.replace("acme/api", self.of.path).replace("{path}", self.of.name)
        if isinstance(value, dict):
            return {key: self._fill(inner) for key, inner in value.items()}
        return [self._fill(inner) for inner in value] if isinstance(value, list) else value

    def member(self, name: str) -> Member:
        """Everybody has an id and a clock of their own; a new name changes neither."""
        known = crc32(name.encode())
        return self.provider.member(self.names.get(name, name), 100 + known % 8000, known % 19 - 9)

    def written(self, commit: StoryCommit) -> Commit:
        """GitLab tells when it was committed, not when it was written."""
        time = commit.committed_at if self.gitlab else commit.time
        return Commit(commit.sha, self.member(commit.author), time, commit.message, commit.files)

    def move(
        self, branch: str, before: str | None, head: str, at: datetime, *, forced: bool = False
    ) -> Iterator[Delivery]:
        known = [before] if before else list(self.git.branches.values())
        if self.gitlab and before is None and self.of.default_branch in self.git.branches:
            known = [self.git.branches[self.of.default_branch]]
        listed = self.git.between(known, head)
        self.git.branches[branch] = head
        commits = [self.written(commit) for commit in listed]
        pusher = self.member("ann")
        yield from self.provider.push(Push(self.of, branch, before or ZEROS, head, commits, at, pusher, forced))


def begin(
    provider: str,
    repository_id: int = 77,
    path: str = "parcelway/api",
    default_branch: str = "main",
    made: str | None = None,
) -> Timeline:
    """The world of a new repository, in which nothing has happened."""
    made_at = moment(made) if made else LONG_AGO
    of = Repository(provider, path, repository_id, "", "", "", 0.0, 0, "Go", default_branch, made_at)
    return Timeline(GitHub() if provider == "github" else GitLab(), of)

"""A repository small enough for a story: commits with parents, branches, and what a push would list."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

# What a commit changes of which nothing is said.
FILES = ("src/main.py",)


@dataclass(frozen=True)
class StoryCommit:
    name: str
    sha: str
    # Author time; a rebase keeps it and changes the second.
    time: datetime
    committed_at: datetime
    author: str
    message: str
    parents: tuple[str, ...]
    # That it changed.
    files: tuple[str, ...]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


def sha_of(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Git:
    commits: dict[str, StoryCommit] = field(default_factory=dict)
    # Branch -> SHA of its head, as pushed.
    branches: dict[str, str] = field(default_factory=dict)

    def commit(
        self,
        name: str,
        time: datetime,
        author: str,
        message: str,
        parents: Iterable[str | None],
        committed_at: datetime | None = None,
        files: tuple[str, ...] = FILES,
    ) -> str:
        sha = sha_of(name)
        if sha in self.commits:
            raise ValueError(f"two commits are called {name}")
        known = tuple(parent for parent in parents if parent is not None)
        self.commits[sha] = StoryCommit(name, sha, time, committed_at or time, author, message, known, files)
        return sha

    def find(self, name: str) -> str:
        """The SHA of a branch's head or of a commit."""
        if name in self.branches:
            return self.branches[name]
        sha = sha_of(name)
        if sha not in self.commits:
            raise ValueError(f"there is neither a branch nor a commit called {name}")
        return sha

    def reachable(self, sha: str | None) -> set[str]:
        found: set[str] = set()
        stack = [sha] if sha else []
        while stack:
            one = stack.pop()
            if one not in found:
                found.add(one)
                stack.extend(self.commits[one].parents)
        return found

    def between(self, base: Iterable[str | None], head: str) -> list[StoryCommit]:
        """What `head` has and none of the bases has, parents first."""
        seen: set[str] = set()
        for sha in base:
            seen |= self.reachable(sha)
        listed: list[StoryCommit] = []
        stack = [(head, False)]
        while stack:
            sha, done = stack.pop()
            if done:
                listed.append(self.commits[sha])
            elif sha not in seen:
                seen.add(sha)
                stack.append((sha, True))
                stack.extend((parent, False) for parent in reversed(self.commits[sha].parents))
        return listed

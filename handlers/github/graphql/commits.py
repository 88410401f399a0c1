"""Commits of GitHub's GraphQL, and the records they become."""

from typing import Any

import msgspec

from handlers.commits import is_merge, written_by_bot
from handlers.github.authors import AuthorPart, author_of
from handlers.github.graphql.parts import Actor, Node, Oid, PageInfo, account_of
from handlers.payloads import Sha
from handlers.times import Time, parse_time, required_time
from storage.records import Commit, RepositoryKey

PARENTS = "oid parents(first: 3) { nodes { oid } }"
COMMIT = f"""{PARENTS} message authoredDate committedDate author {{ name email user {{ databaseId login }} }}"""
# GitHub computes these: they take most of a query's time.
SIZE = "additions deletions changedFilesIfAvailable"


class Oids(Node):
    nodes: list[Oid]


class GitActor(Node):
    name: str | None = None
    email: str | None = None
    user: Actor | None = None


class CommitNode(Node):
    oid: Sha
    parents: Oids
    message: str | None = None
    authored_date: Time = None
    committed_date: Time = None
    author: GitActor | None = None
    additions: int | None = None
    deletions: int | None = None
    changed_files_if_available: int | None = None

    @property
    def parent_shas(self) -> tuple[str, ...]:
        return tuple(parent.oid for parent in self.parents.nodes)


class History(Node):
    page_info: PageInfo
    # CommitNode, each to be read by itself.
    nodes: list[Any]


class Target(Node):
    # Absent: the default branch leads to no commit.
    history: History | None = None


class Branch(Node):
    name: str
    target: Target | None = None


class RepositoryNode(Node):
    database_id: int
    name_with_owner: str
    url: str | None = None
    created_at: Time = None
    # None: an empty repository.
    default_branch_ref: Branch | None = msgspec.field(default=None, name="defaultBranchRef")


def commit_record(node: CommitNode, key: RepositoryKey, *, on_default_branch: bool) -> Commit:
    author = node.author or GitActor()
    seen_at = parse_time(node.committed_date) or required_time(node.authored_date, "authoredDate")
    # GitHub knows whose the address is: a proof, as the sender of a push is.
    account = account_of(author.user)
    named = AuthorPart(author.name, author.email, account.login if account else None)
    message = node.message or ""
    return Commit(
        repository=key,
        sha=node.oid,
        time=parse_time(node.authored_date) or seen_at,
        time_source="api",
        author=author_of(named, account, key.host, seen_at),
        message=message,
        on_default_branch=on_default_branch,
        merge=len(node.parents.nodes) > 1 or is_merge(message),
        bot=written_by_bot(named.username, named.name, named.email),
        lines_added=node.additions,
        lines_deleted=node.deletions,
        files_changed=node.changed_files_if_available,
    )

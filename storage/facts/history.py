"""Writing commits and pushes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import document
from storage.facts.identities import who
from storage.facts.registers import greatest, least
from storage.facts.tables import FactTable
from storage.facts.touched import Touched, day_of
from storage.facts.values import count, text
from storage.models import history as models
from storage.records import RepositoryKey

LONGEST_SHA = 64


class CommitRow(Struct, frozen=True):
    repository_id: UUID
    commit_sha: str
    time: datetime
    time_source: str
    author_identity: str | None
    author_id: UUID | None
    message: str | None
    on_default_branch: bool
    is_merge: bool
    is_bot: bool
    lines_added: int | None
    lines_deleted: int | None
    files_changed: int | None
    paths: tuple[str, ...] | None


class PushRow(Struct, frozen=True):
    repository_id: UUID
    ref: str
    before: str
    after: str
    forced: bool
    on_default_branch: bool
    time: datetime
    commit_shas: tuple[str, ...]
    total_commits: int | None


def commit_row(commit: records.Commit, repository_id: UUID, developers: Mapping[str, UUID]) -> CommitRow:
    author, author_id = who(commit.author, developers)
    return CommitRow(
        repository_id=repository_id,
        commit_sha=text(commit.sha, LONGEST_SHA),
        time=commit.time,
        time_source=commit.time_source,
        author_identity=author,
        author_id=author_id,
        message=text(commit.message),
        on_default_branch=commit.on_default_branch,
        is_merge=commit.merge,
        is_bot=commit.bot,
        lines_added=count(commit.lines_added),
        lines_deleted=count(commit.lines_deleted),
        files_changed=count(commit.files_changed),
        paths=None if commit.paths is None else tuple(text(path) for path in commit.paths),
    )


def merge_commits(first: CommitRow, second: CommitRow) -> CommitRow:
    """The API's author date before the push's estimate, then the earlier; known before unknown."""
    if first == second:
        return first
    time_source, time = min((first.time_source, first.time), (second.time_source, second.time))  # "api" < "push"
    author = least(first.author_identity, second.author_identity)
    return replace(
        first,
        time=time,
        time_source=time_source,
        author_identity=author,
        author_id=first.author_id if author == first.author_identity else second.author_id,
        message=greatest(first.message, second.message),
        on_default_branch=first.on_default_branch or second.on_default_branch,
        is_merge=first.is_merge or second.is_merge,
        is_bot=first.is_bot or second.is_bot,
        lines_added=greatest(first.lines_added, second.lines_added),
        lines_deleted=greatest(first.lines_deleted, second.lines_deleted),
        files_changed=greatest(first.files_changed, second.files_changed),
        paths=greatest(first.paths, second.paths),
    )


def push_row(push: records.Push, repository_id: UUID) -> PushRow:
    return PushRow(
        repository_id=repository_id,
        ref=text(push.ref),
        before=text(push.before, LONGEST_SHA),
        after=text(push.after, LONGEST_SHA),
        forced=push.forced,
        on_default_branch=push.on_default_branch,
        time=push.time,
        commit_shas=tuple(text(sha, LONGEST_SHA) for sha in push.commit_shas),
        total_commits=count(push.total_commits),
    )


def merge_pushes(first: PushRow, second: PushRow) -> PushRow:
    """A branch that goes back and forth repeats its pushes: the first time counts."""
    if first == second:
        return first
    return replace(
        first,
        forced=first.forced or second.forced,
        on_default_branch=first.on_default_branch or second.on_default_branch,
        time=min(first.time, second.time),
        commit_shas=max(first.commit_shas, second.commit_shas, key=lambda shas: (len(shas), shas)),
        total_commits=greatest(first.total_commits, second.total_commits),
    )


COMMITS = FactTable(
    CommitRow,
    models.Commit,
    ["repository_id", "commit_sha"],
    merge_commits,
    keys=models.CommitKey,
)
WRITE_FILES = """
UPDATE commits SET paths = told.paths
FROM jsonb_to_recordset($1::jsonb) AS told (repository_id uuid, commit_sha text, paths text[])
    JOIN commit_keys USING (repository_id, commit_sha)
WHERE commits.time = commit_keys.time AND commits.repository_id = told.repository_id
    AND commits.commit_sha = told.commit_sha AND commits.paths IS NULL
RETURNING commits.repository_id
"""
PUSHES = FactTable(PushRow, models.Push, ["repository_id", "ref", "before", "after"], merge_pushes)


async def write_commits(
    connection: AsyncConnection,
    commits: Iterable[records.Commit],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
    touched: Touched,
) -> None:
    rows = (commit_row(commit, repositories[commit.repository], developers) for commit in commits)
    for change in await COMMITS.absorb(connection, rows):
        touched.repositories.add(change.after.repository_id)
        for row in (change.before, change.after):
            if row is not None and row.on_default_branch:
                touched.commit_days.add((row.repository_id, day_of(row.time)))


async def write_pushes(
    connection: AsyncConnection,
    pushes: Iterable[records.Push],
    repositories: Mapping[RepositoryKey, UUID],
    touched: Touched,
) -> None:
    rows = (push_row(push, repositories[push.repository]) for push in pushes)
    touched.repositories.update(change.after.repository_id for change in await PUSHES.absorb(connection, rows))


async def write_files(
    connection: AsyncConnection,
    files: Iterable[records.CommitFiles],
    repositories: Mapping[RepositoryKey, UUID],
    touched: Touched,
) -> None:
    """Where they are not known yet."""
    told = {(repositories[one.repository], one.sha): [text(path) for path in one.paths] for one in files}
    if not told:
        return
    rows = [{"repository_id": of, "commit_sha": sha, "paths": paths} for (of, sha), paths in told.items()]
    found = await connection.exec_driver_sql(WRITE_FILES, (document(rows),))
    touched.repositories.update(found.scalars())

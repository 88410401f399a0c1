"""What a number leaves out, assumes or lacks, one by one: the items behind the remarks on its data."""

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence, Items
from reports.metrics.pull_requests import KEY
from reports.report import Window
from reports.sources import (
    WINDOWS,
    AnySelect,
    Sources,
    in_one_window,
    in_repositories,
    in_touched,
    in_window,
    is_untold,
    word,
)
from storage.models.changes import Change, LinkNote
from storage.models.deployments import Deployment, DeploymentKey, Incident
from storage.models.history import Commit
from storage.models.pull_requests import PullRequest
from storage.models.repositories import Repository

SHA = re.compile(r"(?:commit:)?([0-9a-f]{7,64})")
# The kinds of remarks that are wanted.
KINDS = sa.bindparam("kinds", type_=ARRAY(sa.Text()))
# Remarks that are about the scope or its tracking, not about items.
WITHOUT_ITEMS = frozenset(
    {
        *("several_environments", "shared_repositories", "nothing_to_compare", "window_cut", "nothing_tracked"),
        *("weekly_sums", "sums_only"),
        *("whole_organization", "deliveries_failed", "deliveries_pending", "incident_without_repository"),
    }
)


def _of(kind: Any, model: Any, at: Any, key: Any, title: Any, url: Any, *conditions: Any) -> AnySelect:
    return (
        sa.select(
            kind.label("kind"),
            at.label("at"),
            model.repository_id.label("repository_id"),
            key.label("subject"),
            title.label("title"),
            url.label("url"),
        )
        .where(in_repositories(model.repository_id), in_window(at), *conditions)
        .correlate(WINDOWS)
    )


_SUBJECT_OF_CHANGE = sa.func.concat(Change.kind, ":", Change.key)
_NOTED = (
    sa.select(
        LinkNote.kind,
        LinkNote.at,
        LinkNote.repository_id,
        LinkNote.subject,
        sa.func.coalesce(Change.title, Incident.title).label("title"),
        sa.func.coalesce(Deployment.url, Change.url, Incident.url).label("url"),
    )
    .select_from(LinkNote)
    .outerjoin(
        DeploymentKey,
        sa.and_(DeploymentKey.repository_id == LinkNote.repository_id, DeploymentKey.provider_key == LinkNote.subject),
    )
    .outerjoin(
        Deployment,
        sa.and_(
            Deployment.time == DeploymentKey.time,
            Deployment.repository_id == DeploymentKey.repository_id,
            Deployment.provider_key == DeploymentKey.provider_key,
        ),
    )
    .outerjoin(
        Change,
        sa.and_(
            Change.repository_id == LinkNote.repository_id,
            Change.kind == sa.func.split_part(LinkNote.subject, ":", 1),
            Change.key == sa.func.split_part(LinkNote.subject, ":", 2),
        ),
    )
    .outerjoin(
        Incident,
        sa.and_(Incident.linked_repository_id == LinkNote.repository_id, Incident.provider_key == LinkNote.subject),
    )
    .where(in_repositories(LinkNote.repository_id), in_window(LinkNote.at))
    .correlate(WINDOWS)
)
_PULL_REQUEST = sa.func.concat("pull_request:", PullRequest.pr_number)
_MERGED = PullRequest.state == word("merged")
_COMMIT = sa.func.concat("commit:", Commit.commit_sha)
_FIRST_LINE = sa.func.split_part(Commit.message, "\n", 1)
_ON_DEFAULT = Commit.on_default_branch
_NO_MERGE = sa.not_(Commit.is_merge)
_NO_URL: sa.ColumnElement[str | None] = sa.cast(sa.null(), sa.Text())


def _merged(kind: str, *conditions: Any) -> AnySelect:
    at, title, url = PullRequest.merged_at, PullRequest.title, PullRequest.url
    of_scope = in_touched(PullRequest.repository_id, "pull_request", KEY)
    return _of(sa.literal(kind), PullRequest, at, _PULL_REQUEST, title, url, _MERGED, of_scope, *conditions)


def _commits(kind: str, *conditions: Any) -> AnySelect:
    of_scope = in_touched(Commit.repository_id, "commit", Commit.commit_sha)
    return _of(sa.literal(kind), Commit, Commit.time, _COMMIT, _FIRST_LINE, _NO_URL, _ON_DEFAULT, of_scope, *conditions)


_EVERY = sa.union_all(
    _NOTED,
    _merged("bots", PullRequest.is_bot),
    _merged("pull_requests_without_change", sa.not_(PullRequest.is_bot), sa.not_(PullRequest.is_change)),
    _merged("lines_unknown", PullRequest.lines_added.is_(None)),
    _merged("untold_services", is_untold(PullRequest.repository_id, "pull_request", KEY)),
    _commits("bots", _NO_MERGE, Commit.is_bot),
    _commits("lines_unknown", _NO_MERGE, Commit.lines_added.is_(None)),
    _commits("untold_services", _NO_MERGE, is_untold(Commit.repository_id, "commit", Commit.commit_sha)),
    _of(
        sa.literal("old_commits"),
        Change,
        Change.merged_at,
        _SUBJECT_OF_CHANGE,
        Change.title,
        Change.url,
        sa.not_(Change.is_bot),
        Change.old_commits_left_out > 0,
    ),
).subquery("every")


def _tell(rows: Sequence[sa.Row[Any]]) -> list[Evidence]:
    return [
        Evidence(
            repository=row.path,
            subject=row.subject,
            title=row.title or "",
            url=row.url or _commit_url(row.commits_url, row.subject),
            at=row.at,
            counted_as=row.kind,
        )
        for row in rows
    ]


def _commit_url(commits_url: str | None, subject: str) -> str | None:
    """Of a commit, and of a push, which is told by the SHA of its head alone."""
    sha = SHA.fullmatch(subject)
    return commits_url + sha[1] if commits_url and sha else None


ITEMS = Items(
    sa.select(_EVERY, Repository.path, Repository.commits_url)
    .select_from(_EVERY)
    .join(Repository, Repository.id == _EVERY.c.repository_id)
    .where(_EVERY.c.kind == sa.any_(KINDS)),
    place=(_EVERY.c.at, _EVERY.c.repository_id, sa.func.concat(_EVERY.c.kind, " ", _EVERY.c.subject)),
    order=(_EVERY.c.at.desc(), _EVERY.c.repository_id, _EVERY.c.kind, _EVERY.c.subject),
    tell=_tell,
)
# How many there are: a remark may count what several items hold together.
COUNT = in_one_window(
    sa.select(sa.func.count().label("items")).select_from(_EVERY).where(_EVERY.c.kind == sa.any_(KINDS))
)


async def count_items(connection: AsyncConnection, sources: Sources, window: Window, kinds: Sequence[str]) -> int:
    parameters = {**sources.parameters([window]), "limit": None, "kinds": list(kinds)}
    return int(await connection.scalar(COUNT, parameters) or 0)

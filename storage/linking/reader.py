"""Reading the histories of repositories: one SELECT per table for all of them."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.fetch import Rows, fetch
from storage.linking.history import (
    Commit,
    Compare,
    Deployment,
    History,
    Incident,
    Mark,
    Outcome,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Push,
    Review,
    Stages,
)
from storage.linking.questions import COMPARE, FILES, TAG
from storage.linking.settings import Service, Settings
from storage.linking.standing import Standing, read_standing
from storage.models.pull_requests import SPEAKING

REPOSITORIES = """
    SELECT id, provider_id, path, default_branch, coalesce(provider_created_at, first_event_at), frozen_before
    FROM repositories WHERE id = ANY($1)
"""
# Long texts stay in the database unless they may say something.
COMMITS = """
    SELECT repository_id, commit_sha, time, is_merge, is_bot, on_default_branch,
           CASE WHEN on_default_branch THEN left(split_part(message, E'\\n', 1), 500) END,
           CASE WHEN on_default_branch AND message ~* 'revert|reapply' THEN left(message, 10000) END,
           CASE WHEN repository_id IN (
                SELECT repository_id FROM services WHERE repository_id = ANY($1) AND rules ? 'paths'
           ) THEN paths END
    FROM (
        SELECT repository_id, commit_sha, time, is_merge, is_bot, on_default_branch, message, paths
        FROM carried_commits WHERE repository_id = ANY($1)
        UNION ALL
        SELECT repository_id, commit_sha, time, is_merge, is_bot, on_default_branch, message, paths
        FROM commits WHERE repository_id = ANY($1)
    ) AS known
"""
PUSHES = """
    SELECT repository_id, ref, before, after, time, commit_shas, forced, on_default_branch, total_commits
    FROM pushes WHERE repository_id = ANY($1)
"""
# Those whose own text may say something are in an index: looking for words in every body takes longer than all else.
PULL_REQUESTS = f"""
    SELECT repository_id, pr_number, time, state, merged_at, closed_at, base_ref, head_ref, head_repository, head_sha,
           merge_sha, commit_count, author_id, is_bot, draft, title,
           CASE WHEN merged_at IS NOT NULL AND (
                concat_ws(' ', title, head_ref, array_to_string(labels, ' ')) ~* 'revert|reapply|hot-?fix'
                OR (repository_id, pr_number) IN (
                    SELECT repository_id, pr_number FROM pull_requests WHERE repository_id = ANY($1) AND {SPEAKING})
                OR (repository_id IN (SELECT repository_id FROM incidents WHERE repository_id = ANY($1))
                    AND body ~* '(clos|fix|resolv)')
           ) THEN left(body, 20000) END,
           url, labels, provider_review_comments,
           first_commit_at, ready_at, first_review_at, shipped_at, is_change, review_comments
    FROM pull_requests WHERE repository_id = ANY($1) AND NOT frozen
"""  # noqa: S608 (a constant)
PULL_REQUEST_COMMITS = """
    SELECT repository_id, pr_number, commit_sha, authored_at
    FROM pull_request_commits WHERE repository_id = ANY($1)
"""
PULL_REQUEST_EVENTS = """
    SELECT repository_id, pr_number, kind, at
    FROM pull_request_events WHERE repository_id = ANY($1) AND kind IN ('ready', 'draft')
"""
REVIEWS = """
    SELECT repository_id, pr_number, kind, reviewer_id, submitted_at, is_bot
    FROM reviews WHERE repository_id = ANY($1) AND deleted_at IS NULL
"""
# Of workflow runs and releases, which most repositories have and hardly any counts, those of a chosen source, and those
# that counted before.
DEPLOYMENTS = """
    SELECT repository_id, provider_key, time, source, environment_name, environment_told, named_service, task, workflow,
           job, status, sha, ref, url, status_at, started_at, first_succeeded_at, first_failed_at, finished_at,
           outcome, failed_at, recovered_at, counts_recovery, unplanned, rollback, environment, service
    FROM deployments WHERE repository_id = ANY($1) AND (
        source = 'deployments' OR outcome IS NOT NULL OR environment <> 'development' OR service <> ''
        OR (repository_id, source) IN (
            SELECT repository_id, deployment_source FROM repository_settings WHERE repository_id = ANY($1)
            UNION ALL
            SELECT repository_id, rules ->> 'source' FROM services WHERE repository_id = ANY($1)))
"""
SETTINGS = """
    SELECT repository_id, deployment_source, workflows, CAST(environments AS text), counted_environments
    FROM repository_settings WHERE repository_id = ANY($1)
"""
SERVICES = """
    SELECT repository_id, name, CAST(rules AS text) FROM services WHERE repository_id = ANY($1) ORDER BY name
"""
MARKS = """
    SELECT repository_id, provider_key, at, mark, marked_by
    FROM deployment_marks WHERE repository_id = ANY($1)
"""
# An issue of another repository has that one's path before its key: both may have an issue 7.
INCIDENTS = """
    SELECT linked_repository_id, CASE WHEN repository_id <> linked_repository_id
                THEN (SELECT path FROM repositories WHERE repositories.id = repository_id) || ' ' ELSE '' END
               || provider_key,
           opened_at, closed_at, url, service, deployment_key, sha,
           ARRAY(SELECT mapped.service FROM incident_services AS mapped
                 WHERE mapped.organization_id = incidents.organization_id
                     AND mapped.source = split_part(provider_key, ':', 3)
                     AND mapped.repository_id = linked_repository_id AND mapped.service <> '' ORDER BY 1)
    FROM incidents WHERE linked_repository_id = ANY($1) AND is_incident
"""
# What linking asks (questions.py), with the document that answers it. Of a tag {"sha": ...}. A compare is asked as
# "base...head"; a provider's client translates the answer into {"status": "ahead", "commits":
# [{"sha": ...}, ...], "total_commits": 12}: the commits that head has and base has not, in any order, head among them;
# status is ahead (head contains base), behind, identical or diverged; total_commits, when it is more than are listed,
# tells that the list was cut. https://docs.github.com/rest/commits/commits#compare-two-commits
QUESTIONS = """
    SELECT repository_id, kind, subject, CAST(answer AS text), answered_at IS NULL AND given_up_at IS NULL
    FROM enrichment_requests
    WHERE repository_id = ANY($1) AND kind IN ('compare', 'files', 'tag')
"""

COMPARED = ("ahead", "behind", "identical", "diverged")

STATEMENTS = (
    REPOSITORIES,
    COMMITS,
    PUSHES,
    PULL_REQUESTS,
    PULL_REQUEST_COMMITS,
    PULL_REQUEST_EVENTS,
    REVIEWS,
    DEPLOYMENTS,
    MARKS,
    INCIDENTS,
    QUESTIONS,
    SETTINGS,
    SERVICES,
)


class Tables(NamedTuple):
    """The rows of each table by repository, its id first."""

    repositories: Rows
    commits: Rows
    pushes: Rows
    pull_requests: Rows
    pull_request_commits: Rows
    pull_request_events: Rows
    reviews: Rows
    deployments: Rows
    marks: Rows
    incidents: Rows
    questions: Rows
    settings: Rows
    services: Rows


async def read_tables(connection: AsyncConnection, repository_ids: Sequence[UUID]) -> tuple[Tables, Standing]:
    """In the transaction that the connection has begun."""
    tables = Tables(*[await fetch(connection, statement, repository_ids) for statement in STATEMENTS])
    with_horizon = [one for one, [row] in tables.repositories.items() if row[4] is not None]
    return tables, await read_standing(connection, with_horizon)


async def read_settings(connection: AsyncConnection, repository_id: UUID) -> Settings:
    """Of one repository, in the transaction that the connection has begun."""
    settings, services = [await fetch(connection, statement, [repository_id]) for statement in (SETTINGS, SERVICES)]
    return _settings(settings[repository_id], services[repository_id])


def build_histories(tables: Tables, standing: Standing) -> list[History]:
    """The history of each repository that exists."""
    return [
        History(
            repository_id=repository_id,
            provider_id=row[0],
            path=row[1],
            default_branch=row[2],
            made_at=row[3],
            commits={row[0]: Commit._make(row) for row in tables.commits[repository_id]},
            pushes=[Push._make(row) for row in tables.pushes[repository_id]],
            pull_requests={
                row[0]: PullRequest._make((*row[:19], Stages._make(row[19:])))
                for row in tables.pull_requests[repository_id]
            },
            pull_request_commits=[PullRequestCommit._make(row) for row in tables.pull_request_commits[repository_id]],
            pull_request_events=[PullRequestEvent._make(row) for row in tables.pull_request_events[repository_id]],
            reviews=[Review._make(row) for row in tables.reviews[repository_id]],
            deployments=[
                Deployment._make((*row[:18], Outcome._make(row[18:]), *row[-2:]))
                for row in tables.deployments[repository_id]
            ],
            marks=[Mark._make(row) for row in tables.marks[repository_id]],
            incidents=[Incident._make(row) for row in tables.incidents[repository_id]],
            **_questions(tables.questions[repository_id]),
            settings=_settings(tables.settings[repository_id], tables.services[repository_id]),
            frozen=standing.of(repository_id, row[4]),
        )
        for repository_id, [row] in tables.repositories.items()
    ]


def _settings(rows: Sequence[tuple[Any, ...]], services: Sequence[tuple[Any, ...]]) -> Settings:
    settings = Settings(services=tuple(_service(name, json.loads(rules)) for name, rules in services))
    for source, workflows, environments, counted_environments in rows:
        settings = settings._replace(
            source=source,
            workflows=tuple(workflows),
            environments=json.loads(environments),
            counted_environments=tuple(counted_environments),
        )
    return settings


def _service(name: str, rules: dict[str, Any]) -> Service:
    said: dict[str, Any] = {rule: tuple(said) if isinstance(said, list) else said for rule, said in rules.items()}
    return Service(name, **said)


def _questions(rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    """The fields of a history that are answers, and what was asked."""
    answers = [(kind, subject, json.loads(answer)) for kind, subject, answer, _ in rows if answer is not None]
    return {
        "compares": [_compare(subject, answer) for kind, subject, answer in answers if kind == COMPARE],
        "tags": {subject: answer["sha"] for kind, subject, answer in answers if kind == TAG},
        "asked": frozenset((kind, subject) for kind, subject, _, _ in rows),
        "waits_for_files": any(kind == FILES and is_open for kind, _, _, is_open in rows),
    }


def _compare(subject: str, answer: dict[str, Any]) -> Compare:
    base, _, head = subject.partition("...")
    commits = [commit["sha"] for commit in answer.get("commits", ())]
    status = answer.get("status")
    whole = status in COMPARED and answer.get("total_commits", len(commits)) <= len(commits)
    return Compare(base, head, commits, status in ("ahead", "identical"), whole)

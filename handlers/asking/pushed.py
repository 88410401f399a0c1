"""A push of which the provider told not all commits, told whole by its API."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from handlers.asking.api import Question
from handlers.commits import BRANCH
from storage.records import Commit, EnrichmentRequest, Push, Record, RepositoryKey


def whole_push(
    question: Question, key: RepositoryKey, default_branch: str | None, commits: Sequence[Commit]
) -> Iterator[Record]:
    """`commits`: everything between its two ends, oldest first."""
    before, _, after = question.subject.partition("...")
    on_default_branch = question.ref == f"{BRANCH}{default_branch}"
    if question.ref is not None:
        yield Push(
            repository=key,
            ref=question.ref,
            before=before,
            after=after,
            forced=False,
            on_default_branch=on_default_branch,
            # It is known already, and its earliest time counts.
            time=datetime.now(UTC),
            commit_shas=tuple(commit.sha for commit in commits),
            total_commits=len(commits),
        )
    for commit in commits:
        yield replace(commit, on_default_branch=on_default_branch)
        if on_default_branch:
            yield EnrichmentRequest(key, "commit", commit.sha)

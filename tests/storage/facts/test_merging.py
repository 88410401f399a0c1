"""The rules by which two sources are merged, without a database: order, grouping and repetition change nothing."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import records
from storage.facts.deployments import deployment_row, merge_deployments
from storage.facts.history import commit_row, merge_commits, merge_pushes, push_row
from storage.facts.identities import identity_rows, merge_identities
from storage.facts.incidents import incident_row, merge_incidents
from storage.facts.organizations import installation_row, merge_installations
from storage.facts.pull_requests import merge_pull_requests, pull_request_row
from storage.facts.repositories import merge_repositories, repository_row
from storage.facts.reviews import merge_requests, merge_reviews, request_row, review_row
from tests.storage.facts.histories import RECORDS

ID = UUID(int=1)

RULES: list[tuple[type, Callable[[Any], Any], Callable[[Any, Any], Any]]] = [
    (records.Commit, lambda record: commit_row(record, ID, {}), merge_commits),
    (records.Push, lambda record: push_row(record, ID), merge_pushes),
    (records.PullRequest, lambda record: pull_request_row(record, ID, {}), merge_pull_requests),
    (records.Review, lambda record: review_row(record, ID, {}), merge_reviews),
    (records.ReviewRequest, lambda record: request_row(record, ID, {}), merge_requests),
    (records.DeploymentStatus, lambda record: deployment_row(record, ID, {}), merge_deployments),
    (records.Incident, lambda record: incident_row(record, ID, defaultdict(lambda: ID)), merge_incidents),
    (records.Installation, lambda record: installation_row(record, ID), merge_installations),
    (records.Repository, lambda record: repository_row(record, ID), merge_repositories),
    (records.Person, lambda record: identity_rows(record)[0], merge_identities),
]
# What makes all rows of a rule rows of one key.
SAME = {
    "sha": "a" * 40,
    "ref": "refs/heads/main",
    "before": "",
    "after": "a" * 40,
    "number": 1,
    "provider_key": "review:1",
    "reviewer": "account:1",
    "key": records.RepositoryKey("github", "github.com", "1"),
    "repository": records.RepositoryKey("github", "github.com", "1"),
    "provider": "github",
    "user_id": "1",
}
BUT_TOLD = {records.DeploymentStatus: {"sha", "ref"}, records.Incident: {"sha"}, records.Review: {"reviewer"}}


@pytest.mark.parametrize(("kind", "row_of", "merge"), RULES, ids=[kind.__name__ for kind, _, _ in RULES])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_merging_is_commutative_associative_and_idempotent(
    kind: type, row_of: Callable[[Any], Any], merge: Callable[[Any, Any], Any], data: st.DataObject
) -> None:
    same = {
        name: value
        for name, value in SAME.items()
        if name in kind.__dataclass_fields__ and name not in BUT_TOLD.get(kind, ())  # type: ignore[attr-defined]  # records are dataclasses
    }
    a, b, c = (row_of(replace(data.draw(RECORDS[kind]), **same)) for _ in range(3))
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, a) == a
    assert merge(merge(a, b), b) == merge(a, b)

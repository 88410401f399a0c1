"""What holds for the links of any history."""

from collections import Counter
from itertools import pairwise
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.linking.history import History
from storage.linking.link import link
from storage.linking.notes import INCIDENT_WITHOUT_DEPLOYMENT
from storage.linking.outcomes import FAILED
from tests.storage.linking.histories import histories

Row = TypeVar("Row")


def shuffle(history: History, chance: Random) -> History:
    """The same facts, read in another order."""

    def any_order(rows: list[Row]) -> list[Row]:
        return chance.sample(rows, len(rows))

    return history._replace(
        commits=dict(any_order(list(history.commits.items()))),
        pushes=any_order(list(history.pushes)),
        pull_requests=dict(any_order(list(history.pull_requests.items()))),
        pull_request_commits=any_order(list(history.pull_request_commits)),
        pull_request_events=any_order(list(history.pull_request_events)),
        reviews=any_order(list(history.reviews)),
        deployments=any_order(list(history.deployments)),
        marks=any_order(list(history.marks)),
        incidents=any_order(list(history.incidents)),
    )


@settings(deadline=None)
@given(histories(), st.integers())
def test_any_order_of_the_same_facts_gives_the_same_links(history: History, seed: int) -> None:
    assert link(history) == link(shuffle(history, Random(seed)))


@settings(deadline=None)
@given(histories())
def test_the_stages_of_a_merged_pull_request_add_up_to_its_cycle_time_and_with_deploy_to_its_lead_time(
    history: History,
) -> None:
    links = link(history)
    lead_times = {row.key: row.lead_time_seconds for row in links.shipped if row.kind == "pull_request"}
    for number, stages in links.stages.items():
        merged_at = history.pull_requests[number].merged_at
        if merged_at is None or not stages.is_change:
            continue
        moments = [stages.first_commit_at, stages.ready_at, stages.first_review_at, merged_at, stages.shipped_at]
        known = [moment for moment in moments if moment is not None]
        assert stages.first_commit_at is not None
        assert stages.ready_at is not None
        assert known == sorted(known)
        steps = [later - earlier for earlier, later in pairwise(known)]
        if stages.shipped_at is not None:
            assert sum(step.total_seconds() for step in steps) == lead_times[str(number)]


@settings(deadline=None)
@given(histories())
def test_a_change_ships_at_most_once_and_by_a_success(history: History) -> None:
    links = link(history)
    assert all(count == 1 for count in Counter((row.kind, row.key) for row in links.shipped).values())
    changes = {(row.kind, row.key) for row in links.changes}
    succeeded = {one.key for one in history.deployments if one.first_succeeded_at is not None}
    for row in links.shipped:
        assert (row.kind, row.key) in changes
        assert row.deployment_key in succeeded
        assert (row.lead_time_seconds is None) == (row.left_out is not None)
        assert row.lead_time_seconds is None or row.lead_time_seconds >= 0


@settings(deadline=None)
@given(histories())
def test_every_commit_is_at_most_one_change_and_merges_are_none(history: History) -> None:
    links = link(history)
    for row in links.changes:
        if row.kind == "commit":
            commit = history.commits[row.key]
            assert commit.on_default_branch
            assert not commit.is_merge
    merged = {pr.merge_sha for pr in history.pull_requests.values()}
    assert not merged & {row.key for row in links.changes if row.kind == "commit"}


@settings(deadline=None)
@given(histories())
def test_every_failure_shows_when_it_began_and_has_evidence_that_decides(history: History) -> None:
    links = link(history)
    deciding = Counter(row.provider_key for row in links.evidence if row.decides)
    for key, outcome in links.outcomes.items():
        if outcome.outcome == FAILED:
            assert deciding[key] == 1
            assert outcome.failed_at is not None
        else:
            assert not outcome.counts_recovery
            assert outcome.failed_at is None
        if outcome.counts_recovery and outcome.recovered_at is not None and outcome.failed_at is not None:
            assert outcome.recovered_at >= outcome.failed_at


@settings(deadline=None)
@given(histories())
def test_every_incident_is_put_down_to_one_deployment_or_listed(history: History) -> None:
    links = link(history)
    blamed = Counter(row.source for row in links.evidence if row.kind == "incident")
    listed = {note.subject for note in links.notes if note.kind == INCIDENT_WITHOUT_DEPLOYMENT}
    for incident in history.incidents:
        assert blamed[incident.key] + (incident.key in listed) == 1

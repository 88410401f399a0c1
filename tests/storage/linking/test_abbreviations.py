"""What a provider tells the beginning of is found whole among the commits, if only one begins so."""

from datetime import UTC, datetime
from uuid import uuid4

from storage.linking.abbreviations import spell_out
from storage.linking.history import History, PullRequest, Push

AT = datetime(2026, 3, 2, tzinfo=UTC)
HEAD, MERGE, TWIN = "a" * 40, "b" * 12 + "1" * 28, "b" * 12 + "2" * 28


def history(*shas: str) -> History:
    push = Push("refs/heads/main", "", shas[-1], AT, shas)
    pr = PullRequest(1, AT, state="merged", merged_at=AT, head_sha=HEAD[:12], merge_sha=MERGE[:12])
    return History(uuid4(), pushes=[push], pull_requests={1: pr})


def ends(completed: History) -> tuple[str | None, str | None]:
    return completed.pull_requests[1].head_sha, completed.pull_requests[1].merge_sha


def test_shortened_shas_are_found_among_those_that_were_pushed() -> None:
    assert ends(spell_out(history(HEAD, MERGE))) == (HEAD, MERGE)


def test_one_that_nobody_knows_or_that_two_begin_with_stays_as_it_is() -> None:
    assert ends(spell_out(history(MERGE, TWIN))) == (HEAD[:12], MERGE[:12])


def test_whole_shas_cost_nothing() -> None:
    whole = history(HEAD)._replace(pull_requests={})
    assert spell_out(whole) is whole

"""Which compares are asked for, and what an answer decides."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from storage.linking.history import Commit, Compare, Deployment, History, PullRequest, Push
from storage.linking.link import link

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAIN = "refs/heads/main"


def sha(name: str) -> str:
    return name.encode().hex().ljust(40, "0")


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def push(hours: int, before: str, *commits: str, branch: str = "main", **more: Any) -> Push:
    shas = [sha(commit) for commit in commits]
    on_default_branch = branch == "main"
    start = sha(before) if before else ""
    return Push(f"refs/heads/{branch}", start, shas[-1], at(hours), shas, on_default_branch=on_default_branch, **more)


def deploy(number: int, hours: int, of: str, **more: Any) -> Deployment:
    told: dict[str, Any] = {"status_at": at(hours), "first_succeeded_at": at(hours), "finished_at": at(hours), **more}
    return Deployment(f"deployment:{number}", at(hours), sha=sha(of), **told)


def history(pushes: Sequence[Push], deployments: Sequence[Deployment], *compares: Compare, **more: Any) -> History:
    on_main = {one for push in pushes if push.on_default_branch for one in push.commit_shas}
    named = {one for push in pushes for one in push.commit_shas} | {one for c in compares for one in c.commit_shas}
    commits = {one: Commit(one, START, on_default_branch=one in on_main) for one in named}
    asked = {("compare", f"{compare.base}...{compare.head}") for compare in compares}
    told: dict[str, Any] = {"commits": commits, "default_branch": "main", "compares": compares, "asked": asked, **more}
    return History(UUID(int=1), pushes=pushes, deployments=deployments, **told)


def compare(base: str, head: str, *commits: str, ahead: bool = True, whole: bool = True) -> Compare:
    return Compare(sha(base), sha(head), [sha(commit) for commit in commits], ahead, whole)


def questions(told: History) -> set[str]:
    names = {one: bytes.fromhex(one.rstrip("0") + "0" * (len(one.rstrip("0")) % 2)).decode() for one in known(told)}
    return {"...".join(names[one] for one in subject.split("...")) for _, subject in link(told).questions}


def known(told: History) -> set[str]:
    return {*told.commits, *(one.sha or "" for one in told.deployments)}


def shipped(told: History) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in link(told).shipped:
        name = row.key if row.kind == "pull_request" else bytes.fromhex(row.key.rstrip("0")).decode()
        found.setdefault(row.deployment_key, set()).add(name)
    return found


WHOLE_CHAIN = [push(0, "aa", "bb"), push(1, "bb", "cc"), push(2, "cc", "dd", "ee")]


def test_where_pushes_connect_two_successes_nothing_is_asked() -> None:
    told = history(WHOLE_CHAIN, [deploy(1, 3, "bb"), deploy(2, 4, "ee")])
    assert not questions(told)
    assert shipped(told) == {"deployment:1": {"bb"}, "deployment:2": {"cc", "dd", "ee"}}


@pytest.mark.parametrize(
    ("pushes", "head"),
    [
        pytest.param([WHOLE_CHAIN[0], WHOLE_CHAIN[2]], "ee", id="a push was lost"),
        pytest.param(WHOLE_CHAIN, "ff", id="a SHA that was never pushed"),
        pytest.param([*WHOLE_CHAIN, push(3, "cc", "gg", forced=True)], "gg", id="a forced push"),
        pytest.param([*WHOLE_CHAIN, push(3, "ee", "gg", total_commits=30)], "gg", id="a push that was cut"),
        pytest.param([*WHOLE_CHAIN, push(3, "", "gg", branch="release/1")], "gg", id="a branch from somewhere"),
    ],
)
def test_where_they_do_not_a_compare_with_the_live_sha_is_asked_for(pushes: list[Push], head: str) -> None:
    assert questions(history(pushes, [deploy(1, 3, "bb"), deploy(2, 4, head)])) == {f"bb...{head}"}


@pytest.mark.parametrize(
    "deployments",
    [
        pytest.param([deploy(1, 3, "ff")], id="the first"),
        pytest.param([deploy(1, 3, "ee"), deploy(2, 4, "ee")], id="the same again"),
        pytest.param([deploy(1, 3, "bb"), deploy(2, 4, "ee"), deploy(3, 5, "bb")], id="a rollback"),
        pytest.param([deploy(1, 3, "bb"), deploy(2, 4, "ff", first_succeeded_at=None)], id="one that failed"),
    ],
)
def test_what_brings_nothing_new_asks_nothing(deployments: list[Deployment]) -> None:
    assert not questions(history(WHOLE_CHAIN, deployments))


def test_a_release_branch_that_begins_at_a_pushed_head_is_told() -> None:
    created = Push("refs/heads/release/1", "", sha("cc"), at(2), (), on_default_branch=False)
    pushes = [*WHOLE_CHAIN, created, push(3, "cc", "r1", branch="release/1")]
    told = history(pushes, [deploy(1, 3, "bb"), deploy(2, 4, "r1")])
    assert not questions(told)
    assert shipped(told)["deployment:2"] == {"cc"}


def test_a_merge_queues_branch_is_no_gap() -> None:
    queue = push(2, "", "q1", branch="gh-readonly-queue/main/pr-12-bb")
    told = history([*WHOLE_CHAIN[:2], queue, push(3, "cc", "q1")], [deploy(1, 2, "cc"), deploy(2, 4, "q1")])
    assert not questions(told)
    assert shipped(told)["deployment:2"] == {"q1"}


def test_it_is_asked_once() -> None:
    lost = history([WHOLE_CHAIN[0], WHOLE_CHAIN[2]], [deploy(1, 3, "bb"), deploy(2, 4, "ee")])
    assert not link(lost._replace(asked={("compare", f"{sha('bb')}...{sha('ee')}")})).questions


def test_what_the_provider_cannot_compare_is_not_asked_again_and_said_until_a_later_success_tells_it() -> None:
    """Of a branch with pushes: an unknown SHA ships nothing, and what it had ships with the next that is known."""
    pushes = [*WHOLE_CHAIN, push(2, "bb", "l1", branch="live"), push(5, "l1", "l2", branch="live")]
    lost = deploy(2, 4, "zz", ref="live")
    told = history(pushes, [deploy(1, 3, "l1", ref="live"), lost, deploy(3, 6, "l2", ref="live")])
    assert questions(told) == {"l1...zz"}
    refused = told._replace(asked={("compare", f"{sha('l1')}...{sha('zz')}")})
    links = link(refused)
    assert not links.questions
    assert {(note.kind, note.subject) for note in links.notes} == {("unknown_sha", "deployment:2")}


def test_where_no_code_is_known_nothing_is_asked() -> None:
    assert not questions(history([], [deploy(1, 3, "bb"), deploy(2, 4, "cc")]))


def test_an_answer_tells_what_a_lost_push_brought() -> None:
    pushes = [WHOLE_CHAIN[0], WHOLE_CHAIN[2]]
    deployments = [deploy(1, 3, "bb"), deploy(2, 4, "ee")]
    told = history(pushes, deployments, compare("bb", "ee", "cc", "dd", "ee"))
    assert not told.commits[sha("cc")].on_default_branch
    assert shipped(told)["deployment:2"] == {"cc", "dd", "ee"}
    assert not link(told).questions


def test_an_answer_alone_decides_what_is_new() -> None:
    """The first deployment's SHA was never pushed: pushes alone would put down everything before to the second."""
    deployments = [deploy(1, 3, "xx"), deploy(2, 4, "ee")]
    assert shipped(history(WHOLE_CHAIN, deployments))["deployment:2"] == {"bb", "cc", "dd", "ee"}
    assert shipped(history(WHOLE_CHAIN, deployments, compare("xx", "ee", "ee")))["deployment:2"] == {"ee"}


@pytest.mark.parametrize(("ref", "expected"), [("main", {"cc", "ff"}), ("release/1", set())])
def test_commits_that_were_never_pushed_are_changes_when_the_default_branch_has_them(
    ref: str, expected: set[str]
) -> None:
    deployments = [deploy(1, 3, "bb"), deploy(2, 4, "ff", ref=ref)]
    told = history(WHOLE_CHAIN[:1], deployments, compare("bb", "ff", "cc", "ff"))
    assert shipped(told).get("deployment:2", set()) == expected


def test_a_list_that_was_cut_adds_and_does_not_decide() -> None:
    deployments = [deploy(1, 3, "xx"), deploy(2, 4, "ee")]
    told = history(WHOLE_CHAIN, deployments, compare("xx", "ee", "ee", whole=False))
    assert shipped(told)["deployment:2"] == {"bb", "cc", "dd", "ee"}


def test_an_answer_brings_pull_requests_by_their_squashes_and_no_guess_is_made() -> None:
    """Without pushes the order of merges stands in, until a compare tells which of them it was."""
    prs = {
        number: PullRequest(number, at(0), "merged", at(number), base_ref="main", merge_sha=sha(f"s{number}"))
        for number in (1, 2, 3)
    }
    deployments = [deploy(1, 2, "s1"), deploy(2, 5, "s3")]
    guessed = history([], deployments, pull_requests=prs)
    assert shipped(guessed)["deployment:2"] == {"2", "3"}
    assert {row.key for row in link(guessed).shipped if row.estimated} == {"2"}
    told = history([], deployments, compare("s1", "s3", "s3"), pull_requests=prs)
    assert shipped(told)["deployment:2"] == {"3"}
    assert not any(row.estimated for row in link(told).shipped)


def test_a_sha_behind_the_live_one_ships_nothing() -> None:
    told = history(WHOLE_CHAIN, [deploy(1, 3, "bb"), deploy(2, 4, "xx")], compare("bb", "xx", ahead=False))
    assert "deployment:2" not in shipped(told)


@pytest.mark.parametrize("ref", ["feature", "main", "refs/heads/main", None])
def test_what_is_deployed_of_an_open_pull_request_is_its_own_and_no_single_change(ref: str | None) -> None:
    """Also when more was pushed since, and whatever branch the tool names that deploys it. It ships at its merge."""
    pushes = [push(0, "", "bb"), push(1, "", "f1", "f2", branch="feature"), push(4, "f2", "f3", branch="feature")]
    deployments = [deploy(1, 1, "bb", ref="main"), deploy(2, 3, "f2", ref=ref)]
    pr = PullRequest(12, at(2), base_ref="main", head_ref="feature", head_repository="1", head_sha=sha("f3"))
    of = {"provider_id": "1", "pull_requests": {12: pr}}
    told = history(pushes, deployments, compare("bb", "f2", "f1", "f2"), **of)
    assert shipped(told) == {"deployment:1": {"bb"}}
    assert {row.key for row in link(told).changes} == {sha("bb")}
    pr = pr._replace(state="merged", merged_at=at(5), merge_sha=sha("ab"))
    landed = Push(
        MAIN, sha("bb"), sha("ab"), at(5), [sha("f1"), sha("f2"), sha("f3"), sha("ab")], on_default_branch=True
    )
    merged = told._replace(
        pushes=[*pushes, landed],
        commits={**told.commits, sha("ab"): Commit(sha("ab"), at(5), is_merge=True, on_default_branch=True)},
        deployments=[*deployments, deploy(3, 6, "ab", ref="main")],
        pull_requests={12: pr},
    )
    assert shipped(merged) == {"deployment:1": {"bb"}, "deployment:3": {"12"}}

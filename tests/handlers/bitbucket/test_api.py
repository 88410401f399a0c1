"""What Bitbucket's API is asked besides histories: single questions, and what the token sees."""

from collections.abc import AsyncIterator
from itertools import chain
from typing import Any, cast
from uuid import uuid4

import pytest

from bot.demo.company.people import Repository as Place
from handlers.asking.api import Answer, NotNow, Question, Refused, Repository
from handlers.bitbucket.connecting import Connected
from storage.records import (
    Commit,
    CommitFiles,
    PullRequest,
    PullRequestCommit,
    Push,
    RepositoryKey,
    Review,
    ReviewRequest,
)
from tests.fakes.bitbucket import FakeBitbucket, World, fake_bitbucket
from tests.fakes.bitbucket.recording import Recording
from tests.handlers.bitbucket.asking import WHERE, asking
from tests.handlers.payloads import of_kind, only
from tests.stories.git import sha_of
from tests.stories.moments import moment
from tests.stories.telling_bitbucket import account
from tests.stories.telling_github import GitHub
from tests.stories.timeline import LONG_AGO, Timeline

MAIN = "refs/heads/main"
STORY: list[dict[str, Any]] = [
    {"at": "d1 09:00", "push": "main", "commits": ["a1", "a2"]},
    {"at": "d1 10:00", "push": "feature", "onto": "main", "commits": ["f1", "f2"]},
    {"at": "d1 11:00", "open": 12, "head": "feature"},
    {"at": "d1 12:00", "review": 12, "by": "bob"},
    {"at": "d2 10:00", "merge": 12},
]


@pytest.fixture
async def bitbucket() -> AsyncIterator[FakeBitbucket]:
    """With a story in acme/api."""
    world = World()
    repository = world.add_repository(31, "acme/api")
    recording = Recording(repository)
    of = Place("bitbucket", "acme/api", 31, "", "", "", 0.0, 0, "Go", "main", LONG_AGO)
    timeline = Timeline(cast(GitHub, recording), of)
    list(chain.from_iterable(timeline.tell(line) for line in STORY))
    recording.show(timeline)
    repository.pull_requests[12]["reviewers"] = [account(timeline.member("bob"))]
    # As it is some time after the merge: somebody wrote a comment, say.
    repository.pull_requests[12]["updated_on"] = "2026-03-09T10:00:00+00:00"
    async with fake_bitbucket(world) as bitbucket:
        yield bitbucket


def repository(default_branch: str | None = "main") -> Repository:
    key = RepositoryKey(*WHERE, "00000000-0000-0000-0000-00000000001f")
    return Repository(uuid4(), uuid4(), key, "acme/api", default_branch)


async def ask(bitbucket: FakeBitbucket, *questions: Question) -> list[Answer]:
    async with asking(bitbucket, uuid4()) as api:
        return list(await api.answer(repository(), list(questions)))


async def ask_one(bitbucket: FakeBitbucket, kind: str, subject: str, ref: str | None = None) -> Answer:
    [answer] = await ask(bitbucket, Question(kind, subject, ref))
    assert answer.refused is None
    return answer


async def test_commits_get_their_lines_with_one_call_each_and_one_for_them_all(bitbucket: FakeBitbucket) -> None:
    names = ["a1", "a2", "f1", "f2"]
    answers = await ask(bitbucket, *(Question("commit", sha_of(name)) for name in names))
    commits = [only(answer.records, Commit) for answer in answers]
    assert {commit.sha for commit in commits} == {sha_of(name) for name in names}
    assert {(one.lines_added, one.lines_deleted, one.files_changed, one.paths) for one in commits} == {
        (10, 2, 1, ("src/main.py",))
    }
    assert bitbucket.world.calls.total() == len(names) + 1


async def test_a_merge_adds_no_lines_and_costs_no_call_for_them(bitbucket: FakeBitbucket) -> None:
    commit = only((await ask_one(bitbucket, "commit", sha_of("m12"))).records, Commit)
    assert (commit.merge, commit.lines_added, bitbucket.world.calls.total()) == (True, None, 1)


async def test_a_pull_request_is_told_with_its_true_merge_its_commits_and_its_size(bitbucket: FakeBitbucket) -> None:
    records = (await ask_one(bitbucket, "pull_request", "12")).records
    snapshot = only(records, PullRequest)
    assert (snapshot.merged_at, snapshot.lines_added, snapshot.files_changed) == (moment("d2 10:00"), 10, 1)
    assert {one.sha for one in of_kind(records, PullRequestCommit)} == {sha_of("f1"), sha_of("f2")}
    review = only(records, Review)
    assert (review.kind, review.submitted_at) == ("approval", moment("d1 12:00"))
    assert only(records, ReviewRequest).name == "bob"


async def test_what_a_push_left_out_and_what_lies_between_two_commits_is_compared(bitbucket: FakeBitbucket) -> None:
    between = f"{sha_of('a1')}...{sha_of('m12')}"
    push = only((await ask_one(bitbucket, "push", between, MAIN)).records, Push)
    assert set(push.commit_shas) == {sha_of(name) for name in ("a2", "f1", "f2", "m12")}
    assert push.on_default_branch
    ahead = (await ask_one(bitbucket, "compare", between)).document
    assert ahead is not None
    assert (ahead["status"], ahead["total_commits"], len(ahead["commits"])) == ("ahead", 4, 4)
    back = (await ask_one(bitbucket, "compare", f"{sha_of('m12')}...{sha_of('a1')}")).document
    assert back == {"status": "diverged", "commits": [], "total_commits": 0}


async def test_a_branch_that_was_made_brought_what_the_default_branch_has_not(bitbucket: FakeBitbucket) -> None:
    world = bitbucket.world
    [of] = world.repositories.values()
    of.heads["main"] = sha_of("a2")
    answer = await ask_one(bitbucket, "push", f"...{sha_of('f2')}", "refs/heads/feature")
    push = only(answer.records, Push)
    assert (push.commit_shas, push.on_default_branch) == ((sha_of("f1"), sha_of("f2")), False)


async def test_the_files_of_a_commit_and_the_commit_of_a_tag_are_told(bitbucket: FakeBitbucket) -> None:
    [of] = bitbucket.world.repositories.values()
    of.tags["v1"] = sha_of("m12")
    files = only((await ask_one(bitbucket, "files", sha_of("a1"))).records, CommitFiles)
    assert (files.sha, files.paths) == (sha_of("a1"), ("src/main.py",))
    assert (await ask_one(bitbucket, "tag", "refs/tags/v1")).document == {"sha": sha_of("m12")}


@pytest.mark.parametrize(
    ("kind", "subject", "reason"),
    [
        ("commit", "f" * 40, "Bitbucket has no such commit any more: it was removed by a forced push."),
        ("pull_request", "99", "Bitbucket has no such pull request."),
        (
            "compare",
            f"{'f' * 40}...{'e' * 40}",
            "Bitbucket cannot compare these: one of them is gone, or was never there.",
        ),
        ("tag", "refs/tags/v9", "Bitbucket has no such tag any more."),
        ("commit", "no sha at all", "This is no question that Bitbucket can be asked."),
    ],
)
async def test_what_has_no_answer_is_refused_with_the_reason(
    bitbucket: FakeBitbucket, kind: str, subject: str, reason: str
) -> None:
    [answer] = await ask(bitbucket, Question(kind, subject))
    assert answer.refused == reason


async def test_what_a_limit_leaves_over_is_asked_again_and_the_rest_is_kept(bitbucket: FakeBitbucket) -> None:
    questions = [Question("commit", sha_of(name)) for name in ("a1", "a2", "f1", "f2")]
    # The list, the first two commits, and then the limit.
    bitbucket.world.headers = {"X-RateLimit-Limit": "4"}
    async with asking(bitbucket, uuid4()) as api:
        answers = await api.answer(repository(), questions)
        assert 0 < len(answers) < len(questions)
        with pytest.raises(NotNow) as refused:
            await api.answer(repository(), questions)
    assert refused.value.limit


async def test_one_question_that_bitbucket_stumbles_over_holds_up_no_other(bitbucket: FakeBitbucket) -> None:
    wanted, odd = Question("commit", sha_of("a1")), Question("files", sha_of("a2"))
    bitbucket.world.failures = [(400, {})]
    [answer] = await ask(bitbucket, odd, wanted)
    assert answer.question == wanted
    bitbucket.world.failures = [(400, {})]
    with pytest.raises(Refused, match="Bitbucket answers 400"):
        await ask(bitbucket, odd)


async def test_a_repository_that_is_gone_is_told_as_such(bitbucket: FakeBitbucket) -> None:
    bitbucket.world.repositories.clear()
    async with asking(bitbucket, uuid4()) as api:
        with pytest.raises(Refused, match="does not show this repository"):
            await api.read_history(repository(), "backfill", moment("d1 00:00"), None)
        with pytest.raises(Refused, match="does not show this repository"):
            await api.read_history(repository(), "repair", moment("d1 00:00"), None)


async def test_a_survey_tells_each_repository_with_its_default_branch_and_no_team(bitbucket: FakeBitbucket) -> None:
    world = bitbucket.world
    world.add_repository(32, "acme/web").main_branch = "develop"
    world.add_repository(33, "others/tool")
    world.page = 1
    async with asking(bitbucket, uuid4()) as api:
        survey = await api.survey()
    assert {(one.path, one.default_branch) for one in survey.repositories} == {
        ("acme/api", "main"),
        ("acme/web", "develop"),
    }
    assert (survey.complete, survey.rosters) == (True, [])
    async with asking(bitbucket, uuid4(), Connected(repositories=("acme/gone", "others/tool"))) as api:
        survey = await api.survey()
    assert ([one.path for one in survey.repositories], survey.complete) == (["others/tool"], False)


async def test_without_a_set_up_a_persons_token_tells_its_workspaces_and_an_access_token_none(
    bitbucket: FakeBitbucket,
) -> None:
    async with asking(bitbucket, uuid4(), Connected()) as api:
        assert (await api.survey()).complete is False
    bitbucket.world.email = "ann@acme.example"
    async with asking(bitbucket, uuid4(), Connected()) as api:
        survey = await api.survey()
    assert ([one.path for one in survey.repositories], survey.complete) == (["acme/api"], True)

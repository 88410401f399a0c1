"""What linking asks besides compares: where a released tag is set, and which files commits changed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from storage.linking.history import Commit, Deployment, History, PullRequest, Push
from storage.linking.link import link
from storage.linking.settings import Service, Settings

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BY_FILES = Settings(services=(Service("api", paths=("api/**",)), Service("web", paths=("web/**",))))


def sha(number: int) -> str:
    return f"{number:040x}"


def history(count: int, settings: Settings = BY_FILES, **more: Any) -> History:
    """So many commits on the default branch, one after the other."""
    made = [Commit(sha(one), START + timedelta(minutes=one), on_default_branch=True) for one in range(1, count + 1)]
    pushes = [Push("refs/heads/main", "", sha(count), START, [one.sha for one in made], on_default_branch=True)]
    told = {"commits": {one.sha: one for one in made}, "pushes": pushes, "default_branch": "main", **more}
    return History(UUID(int=1), settings=settings, **told)


def asked(told: History, kind: str) -> set[str]:
    return {question.subject for question in link(told).questions if question.kind == kind}


def test_only_where_files_tell_services_apart_they_are_asked_for() -> None:
    assert asked(history(3), "files") == {sha(1), sha(2), sha(3)}
    assert not link(history(3, Settings(services=(Service("api", environments=("api-*",)),)))).questions
    assert not link(history(3, Settings())).questions


def test_known_files_those_of_merges_and_of_what_has_not_landed_are_not_asked_for() -> None:
    told = history(5)
    commits = {
        **told.commits,
        sha(1): told.commits[sha(1)]._replace(paths=["api/a.py"]),
        sha(2): told.commits[sha(2)]._replace(is_merge=True),
        sha(3): told.commits[sha(3)]._replace(on_default_branch=False),
        # Of a branch that is not merged.
        sha(9): Commit(sha(9), START),
    }
    pushes = [told.pushes[0]._replace(commit_shas=[sha(1), sha(2), sha(4), sha(5)])]
    assert asked(told._replace(commits=commits, pushes=pushes), "files") == {sha(4), sha(5)}


def test_a_pull_request_that_landed_on_another_branch_tells_services_apart_too() -> None:
    told = history(1)
    landed = Push("refs/heads/live", sha(1), sha(7), START + timedelta(hours=1), [sha(7)])
    pr = PullRequest(3, START, "merged", START + timedelta(hours=1), base_ref="live", head_sha=sha(6), merge_sha=sha(7))
    commits = {**told.commits, sha(7): Commit(sha(7), START)}
    told = told._replace(commits=commits, pushes=[*told.pushes, landed], pull_requests={3: pr})
    assert asked(told, "files") == {sha(1), sha(7)}


def test_the_newest_two_hundred_come_first_and_the_others_when_those_are_answered() -> None:
    """So that a large repository's calls do not hold up what others ask."""
    told = history(500)
    first = asked(told, "files")
    assert first == {sha(number) for number in range(301, 501)}
    waiting = told._replace(asked={("files", one) for one in first}, waits_for_files=True)
    assert not asked(waiting, "files")
    assert asked(waiting._replace(waits_for_files=False), "files") == {sha(number) for number in range(101, 301)}


def test_a_tag_is_asked_for_where_its_release_counts_and_no_push_tells_it() -> None:
    moment = START + timedelta(hours=1)
    told: dict[str, Any] = {"source": "release", "first_succeeded_at": moment, "finished_at": moment}
    releases = [Deployment(f"release:{one}", moment, ref=f"refs/tags/v{one}", **told) for one in (1, 2, 3)]
    pushed = Push("refs/tags/v1", "", sha(1), START)
    world = history(3, Settings(source="release"), deployments=releases)
    world = world._replace(pushes=[*world.pushes, pushed], tags={"refs/tags/v2": sha(2)})
    assert asked(world, "tag") == {"refs/tags/v3"}
    assert {row.deployment_key: row.key for row in link(world).shipped} == {"release:1": sha(1), "release:2": sha(2)}
    assert {(note.kind, note.subject) for note in link(world).notes} == {("unknown_sha", "release:3")}
    assert not link(world._replace(settings=Settings())).questions

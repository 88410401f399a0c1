"""Changes belong to services by their files, and ship with them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from storage.linking.history import Commit, Deployment, History, PullRequest, Push
from storage.linking.link import link
from storage.linking.settings import Service, Settings

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SERVICES = (Service("api", paths=["services/api/**"]), Service("web", paths=["services/web/**"]))
PATHS = {
    "a1": ("services/api/main.py",),
    "w1": ("services/web/main.ts",),
    "b1": ("services/api/main.py", "services/web/main.ts"),
    "d1": ("README.md",),
    "u1": None,
}


def success(number: int, service: str, sha: str) -> Deployment:
    at = START + timedelta(hours=number)
    told: dict[str, Any] = {"time": at, "status_at": at, "first_succeeded_at": at, "finished_at": at}
    return Deployment(f"deployment:{number}", sha=sha, named_service=service, **told)


def monorepo(*deployments: Deployment, settings: Settings = Settings(services=SERVICES), **more: Any) -> History:  # noqa: B008 (immutable)
    commits = {sha: Commit(sha, START, on_default_branch=True, title=sha, paths=paths) for sha, paths in PATHS.items()}
    push = Push("refs/heads/main", "a0", "u1", START, list(PATHS), on_default_branch=True)
    told: dict[str, Any] = {"commits": commits, "pushes": [push], "default_branch": "main", **more}
    return History(UUID(int=1), deployments=deployments, settings=settings, **told)


def shipped(history: History) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in link(history).shipped:
        found.setdefault(row.service, set()).add(row.key)
    return found


def test_a_change_ships_with_the_services_whose_files_it_changed() -> None:
    """A change of both ships with both, one of unknown files too; one of neither counts for the repository alone."""
    both = monorepo(success(1, "api", "u1"), success(2, "web", "u1"))
    assert shipped(both) == {"api": {"a1", "b1", "u1"}, "web": {"w1", "b1", "u1"}, "": {"d1"}}


def test_without_a_service_each_change_counts_once_at_its_earliest() -> None:
    links = link(monorepo(success(1, "api", "u1"), success(2, "web", "u1")))
    assert {(row.key, row.deployment_key) for row in links.shipped if row.earliest} == {
        ("a1", "deployment:1"),
        ("b1", "deployment:1"),
        ("d1", "deployment:1"),
        ("u1", "deployment:1"),
        ("w1", "deployment:2"),
    }


def test_what_belongs_to_a_service_that_was_not_deployed_has_not_shipped() -> None:
    assert shipped(monorepo(success(1, "web", "u1"))) == {"web": {"w1", "b1", "u1"}, "": {"d1"}}


def test_unknown_files_are_noted() -> None:
    notes = link(monorepo(success(1, "api", "u1"))).notes
    assert {(note.kind, note.subject) for note in notes} == {("unknown_files", "commit:u1")}


def test_a_service_without_files_has_every_change() -> None:
    settings = Settings(services=(Service("api", paths=["services/api/**"]), Service("web")))
    found = shipped(monorepo(success(1, "web", "u1"), settings=settings))
    assert found == {"web": set(PATHS)}


def test_a_pull_request_belongs_where_what_it_became_belongs() -> None:
    """Squashed: the squash commit has all its files, whatever its own commits are known to have."""
    pr = PullRequest(
        12, START, "merged", START, base_ref="main", head_ref="x", head_sha="f1", merge_sha="a1", commit_count=2
    )
    found = shipped(monorepo(success(1, "api", "a1"), success(2, "web", "a1"), pull_requests={12: pr}))
    assert found == {"api": {"12"}}


def test_a_revert_of_one_service_blames_no_deployment_of_another() -> None:
    revert = Commit("r1", START + timedelta(hours=3), on_default_branch=True, title='Revert "a1"', paths=PATHS["a1"])
    revert = revert._replace(message='Revert "a1"\n\nThis reverts commit aaaaaaa1.')
    history = monorepo(success(1, "api", "u1"), success(2, "web", "u1"), success(5, "api", "r1"))
    pushes = [
        *history.pushes,
        Push("refs/heads/main", "u1", "r1", START + timedelta(hours=4), ["r1"], on_default_branch=True),
    ]
    links = link(history._replace(commits={**history.commits, "r1": revert}, pushes=pushes))
    assert {row.provider_key for row in links.evidence} == {"deployment:1"}


def test_each_merge_is_a_deployment_of_the_services_it_belongs_to() -> None:
    prs = {
        number: PullRequest(number, START, "merged", START, base_ref="main", head_ref="x", merge_sha=sha)
        for number, sha in ((1, "a1"), (2, "b1"), (3, "d1"), (4, "u1"))
    }
    prs[5] = prs[1]._replace(number=5, base_ref="release")
    links = link(monorepo(settings=Settings("merge", services=SERVICES), pull_requests=prs))
    assert {(row.provider_key, row.service) for row in links.merges} == {
        ("merge:1:api", "api"),
        ("merge:2:api", "api"),
        ("merge:2:web", "web"),
        ("merge:3", ""),
        ("merge:4:api", "api"),
        ("merge:4:web", "web"),
    }
    assert {row.outcome for row in links.merges} == {"succeeded"}
    assert not link(monorepo(pull_requests=prs)).merges

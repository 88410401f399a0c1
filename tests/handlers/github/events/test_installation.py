"""The GitHub App on an account: installed, suspended, resumed, removed."""

import pytest

from handlers.reading import Ignored
from storage.records import HistoryRequest, Installation, InstallationRepositories, Repository, RepositoryKey
from tests.handlers.payloads import RECEIVED_AT, at, kinds, only, read

HARBOR = RepositoryKey("github", "github.com", "40010")


def test_a_new_installation_brings_its_repositories_without_a_time() -> None:
    records = read("github", "installation.created")
    assert kinds(records) == ["Installation", "InstallationRepositories", "HistoryRequest"]
    assert only(records, HistoryRequest).repository == HARBOR
    assert only(records, Installation) == Installation(
        provider="github",
        host="github.com",
        provider_id="990001",
        account="lanternworks",
        suspended=False,
        seen_at=at("2026-02-13T16:26:40Z"),
    )
    repositories = only(records, InstallationRepositories)
    assert repositories.added == (Repository(HARBOR, "lanternworks/harbor-api", None, None, None),)
    assert repositories.removed == ()


def test_a_resumed_installation_is_newer_than_its_suspension_whose_time_it_tells() -> None:
    suspended = only(read("github", "installation.suspend"), Installation)
    resumed = only(read("github", "installation.unsuspend"), Installation)
    assert (suspended.suspended, resumed.suspended) == (True, False)
    assert suspended.seen_at < resumed.seen_at


def test_a_removed_installation_takes_its_repositories_along() -> None:
    records = read("github", "installation.deleted")
    assert only(records, Installation).deleted
    repositories = only(records, InstallationRepositories)
    assert (repositories.added, [key.provider_id for key in repositories.removed]) == ((), ["40010", "40011"])


def test_an_enterprises_installation_has_a_slug_for_a_name() -> None:
    changes = {"installation.account": {"slug": "lantern-group"}}
    assert only(read("github", "installation.created", changes), Installation).account == "lantern-group"
    assert only(read("github", "installation.created", {"installation.account": None}), Installation).account is None


def test_an_installation_without_any_time_is_seen_when_it_came() -> None:
    changes = {"installation.created_at": None, "installation.updated_at": None}
    assert only(read("github", "installation.created", changes), Installation).seen_at == RECEIVED_AT


def test_an_action_nobody_knows_is_ignored() -> None:
    with pytest.raises(Ignored, match="'polished'"):
        read("github", "installation.created", {"action": "polished"})

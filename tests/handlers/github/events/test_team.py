"""A team, and what it owns."""

from typing import Any

import pytest

from handlers.reading import Ignored
from storage.records import Repository, Team, TeamKey, TeamOwnership
from tests.handlers.payloads import kinds, only, read

KEY = TeamKey("github", "github.com", "3300")


def owns(permissions: dict[str, Any] | None, role_name: str | None) -> bool:
    changes = {"repository.permissions": permissions, "repository.role_name": role_name}
    return only(read("github", "team.added_to_repository", changes), TeamOwnership).owns


def test_a_new_team_has_a_slug_and_a_name() -> None:
    assert read("github", "team.created") == [Team(KEY, slug="platform", name="Platform")]


def test_a_deleted_team_is_deleted() -> None:
    assert read("github", "team.deleted") == [Team(KEY, slug="platform", name="Platform", deleted=True)]


def test_a_team_that_may_maintain_a_repository_owns_it() -> None:
    records = read("github", "team.added_to_repository")
    assert kinds(records) == ["Team", "Repository", "TeamOwnership"]
    ownership = only(records, TeamOwnership)
    assert (ownership.team, ownership.repository.provider_id, ownership.owns) == (KEY, "40010", True)
    assert only(records, Repository).seen_at is None, "the event has no time"


def test_rights_from_maintaining_on_make_an_owner() -> None:
    assert owns({"admin": True}, None)
    assert owns({"maintain": True}, None)
    assert owns(None, "admin")
    assert owns(None, "maintain")
    assert not owns({"push": True, "pull": True, "admin": False}, "write")
    assert not owns(None, None)


def test_a_team_that_lost_a_repository_owns_it_no_more() -> None:
    assert not only(read("github", "team.removed_from_repository"), TeamOwnership).owns


def test_an_edited_team_with_a_repository_has_its_rights_read_again() -> None:
    changes = {"action": "edited", "repository.permissions": {"pull": True}, "repository.role_name": "read"}
    assert not only(read("github", "team.added_to_repository", changes), TeamOwnership).owns


def test_a_team_without_an_address_is_where_its_sender_is() -> None:
    changes = {"team.html_url": ..., "sender.html_url": "https://ghe.example/mira-okafor"}
    assert only(read("github", "team.created", changes), Team).key.host == "ghe.example"


def test_a_team_without_a_slug_is_given_one() -> None:
    changes = {"team.slug": ..., "team.name": "Shore & Quay"}
    assert only(read("github", "team.created", changes), Team).slug == "shore-quay"


def test_an_action_nobody_knows_is_ignored() -> None:
    with pytest.raises(Ignored, match="team that was promoted"):
        read("github", "team.created", {"action": "promoted"})

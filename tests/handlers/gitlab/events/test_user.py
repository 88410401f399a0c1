"""Accounts that were made, renamed or deleted."""

import pytest

from storage.records import MemberRemoved, Person
from tests.handlers.payloads import at, read

SEEN = at("2026-03-02T07:00:00Z")
SAM = Person("gitlab", "gitlab.com", "23", "samaldous", "Sam Aldous", "sam@lanternworks.example", False, SEEN)


@pytest.mark.parametrize("event", ["user_create", "user_rename"])
def test_an_account_is_a_person(event: str) -> None:
    assert read("gitlab", "user.user_rename", {"event_name": event}) == [SAM]


def test_a_deleted_account_leaves_its_teams() -> None:
    assert read("gitlab", "user.user_destroy") == [MemberRemoved(SAM)]

"""Who is in the organization."""

import pytest

from handlers.reading import Ignored
from storage.records import MemberRemoved, Person
from tests.handlers.payloads import only, read

JON = Person("github", "github.com", "7102", "jonvale", None, None, bot=False)


def test_a_new_member_is_a_person() -> None:
    assert only(read("github", "organization.member_added"), Person) == JON


def test_a_member_who_left_is_out_of_all_teams() -> None:
    assert read("github", "organization.member_removed") == [MemberRemoved(JON)]


@pytest.mark.parametrize("action", ["renamed", "member_invited", "deleted"])
def test_what_concerns_no_member_is_ignored(action: str) -> None:
    with pytest.raises(Ignored, match=action):
        read("github", "organization.renamed", {"action": action})


def test_a_deleted_member_is_ignored() -> None:
    with pytest.raises(Ignored, match="deleted"):
        read("github", "organization.member_added", {"membership": None})

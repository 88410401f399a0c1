"""Who is in a group."""

from storage.records import Person, Team, TeamKey, TeamMembership
from tests.handlers.payloads import at, only, read

HOST = "git.lanternworks.example"
TEAM = TeamKey("gitlab", HOST, "88")
SEEN = at("2026-03-02T08:00:00Z")
SAM = Person("gitlab", HOST, "23", "sam", "Sam Aldous", "sam@lanternworks.example", bot=False, seen_at=SEEN)


def test_a_new_member_comes_with_the_group_and_a_role() -> None:
    assert read("gitlab", "member.user_add_to_group", host=HOST) == [
        Team(TEAM, slug="shop", name="Shop"),
        TeamMembership(TEAM, SAM, role="maintainer", member=True),
    ]


def test_a_changed_role_is_the_role() -> None:
    changes = {"event_name": "user_update_for_group", "group_access": "Owner"}
    assert only(read("gitlab", "member.user_add_to_group", changes), TeamMembership).role == "owner"


def test_who_left_is_a_member_no_more() -> None:
    assert not only(read("gitlab", "member.user_remove_from_group"), TeamMembership).member


def test_without_a_connection_of_its_own_it_is_gitlab_com() -> None:
    assert only(read("gitlab", "member.user_add_to_group"), Team).key.host == "gitlab.com"

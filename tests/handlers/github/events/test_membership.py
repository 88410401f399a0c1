"""Who is in a team."""

import pytest

from handlers.reading import Ignored
from storage.records import TeamMembership
from tests.handlers.payloads import kinds, only, read


def test_a_new_member_comes_with_the_team() -> None:
    records = read("github", "membership.added")
    assert kinds(records) == ["Team", "TeamMembership"]
    membership = only(records, TeamMembership)
    assert (membership.team.provider_id, membership.person.user_id) == ("3300", "7102")
    assert (membership.member, membership.role, membership.person.seen_at) == (True, "member", None)


def test_a_member_who_left_with_the_team_does_not_bring_the_team_back() -> None:
    records = read("github", "membership.removed")
    assert kinds(records) == ["TeamMembership"]
    assert not only(records, TeamMembership).member


@pytest.mark.parametrize("changes", [{"member": None}, {"action": "questioned"}])
def test_a_deleted_member_and_an_unknown_action_are_ignored(changes: dict[str, str | None]) -> None:
    with pytest.raises(Ignored):
        read("github", "membership.added", changes)

"""Groups and subgroups are teams."""

import pytest

from storage.records import Team, TeamKey
from tests.handlers.payloads import read

KEY = TeamKey("gitlab", "gitlab.com", "88")


@pytest.mark.parametrize("event", ["group_create", "group_rename", "subgroup_create"])
def test_a_group_is_a_team_by_the_last_part_of_its_path(event: str) -> None:
    assert read("gitlab", "group.group_create", {"event_name": event}) == [Team(KEY, slug="shop", name="Shop")]


@pytest.mark.parametrize("event", ["group_destroy", "subgroup_destroy"])
def test_a_deleted_group_is_deleted(event: str) -> None:
    records = read("gitlab", "group.subgroup_destroy", {"event_name": event})
    assert records == [Team(KEY, slug="shop", name="Shop", deleted=True)]

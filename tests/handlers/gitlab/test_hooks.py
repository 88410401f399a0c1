"""The webhook's triggers are those of the events that are handled."""

from handlers.gitlab.hooks import OF_GROUPS, TRIGGERS
from handlers.gitlab.provider import PROVIDER

TRIGGER_OF = {
    "push": "push_events",
    "tag_push": "tag_push_events",
    "merge_request": "merge_requests_events",
    "note": "note_events",
    "issue": "issues_events",
    "work_item": "issues_events",
    "deployment": "deployment_events",
    "pipeline": "pipeline_events",
    "build": "job_events",
    "release": "releases_events",
    "user_add_to_group": "member_events",
    "user_update_for_group": "member_events",
    "user_remove_from_group": "member_events",
    "subgroup_create": "subgroup_events",
    "subgroup_destroy": "subgroup_events",
    "project_create": "project_events",
    "project_destroy": "project_events",
}
# These come with hooks of a whole instance only. https://docs.gitlab.com/administration/system_hooks/
OF_INSTANCES = ("group_", "user_", "project_")
CONFIDENTIAL = {"confidential_issues_events", "confidential_note_events"}


def test_every_event_that_is_handled_is_asked_for_and_no_other() -> None:
    handled = {event for event in PROVIDER.events if event in TRIGGER_OF or not event.startswith(OF_INSTANCES)}
    assert {TRIGGER_OF[event] for event in handled} == {*TRIGGERS, *OF_GROUPS} - CONFIDENTIAL

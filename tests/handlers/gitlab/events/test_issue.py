"""An issue with the label or of the type `incident` is an incident from its opening to its closing."""

import pytest

from handlers.incidents import IncidentLabels
from handlers.reading import Ignored
from storage.records import Incident, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read

CHOSEN = IncidentLabels(("Sev1", "outage"))
OPENED = at("2026-03-01T15:00:00Z")


def test_a_labelled_issue_is_an_incident() -> None:
    records = read("gitlab", "issue.open")
    assert kinds(records) == ["Repository", "Incident"]
    assert only(records, Incident) == Incident(
        repository=RepositoryKey("gitlab", "git.lanternworks.example", "610"),
        provider="gitlab",
        provider_key="issue:9",
        title="The shop is dark",
        url="https://git.lanternworks.example/lights/shop/lamp-web/-/issues/9",
        labels=("incident",),
        opened_at=OPENED,
        closed_at=None,
        seen_at=OPENED,
        is_incident=True,
    )


def test_its_closing_ends_it() -> None:
    assert only(read("gitlab", "issue.close"), Incident).closed_at == at("2026-03-01T16:00:00Z")
    changes = {"object_attributes.closed_at": "2026-03-01 15:59:00 UTC", "object_attributes.action": "update"}
    assert only(read("gitlab", "issue.close", changes), Incident).closed_at == at("2026-03-01T15:59:00Z")


def test_taking_the_label_off_takes_it_back() -> None:
    assert not only(read("gitlab", "issue.unlabelled"), Incident).is_incident


def test_gitlabs_own_incidents_need_no_label() -> None:
    incident = only(read("gitlab", "work_item.incident"), Incident)
    assert (incident.is_incident, incident.labels) == (True, ())


def test_an_incident_that_became_an_issue_is_taken_back() -> None:
    changes = {"changes": {"type": {"previous": "Incident", "current": "Issue"}}}
    assert not only(read("gitlab", "issue.plain", changes), Incident).is_incident


def test_labels_inside_the_issue_count_too() -> None:
    assert only(read("gitlab", "issue.open", {"labels": ...}), Incident).is_incident


def test_any_other_issue_is_ignored() -> None:
    with pytest.raises(Ignored, match="neither the label `incident` nor the type"):
        read("gitlab", "issue.plain")


def test_a_groups_work_item_is_ignored() -> None:
    with pytest.raises(Ignored, match="no incident"):
        read("gitlab", "issue.open", {"project": None})


def test_an_older_gitlab_tells_the_type_in_another_field() -> None:
    assert only(read("gitlab", "issue.plain", {"object_attributes.issue_type": "incident"}), Incident).is_incident


def test_one_that_was_moved_goes_on_elsewhere_and_counts_once() -> None:
    assert not only(read("gitlab", "issue.close", {"object_attributes.moved_to_id": 77}), Incident).is_incident


def test_the_administrator_chooses_the_labels() -> None:
    chosen = {"labels": [{"title": "bug"}, {"title": "OUTAGE"}]}
    assert only(read("gitlab", "issue.open", chosen, incident_labels=CHOSEN), Incident).is_incident
    with pytest.raises(Ignored, match="neither the label `Sev1` or `outage` nor the type"):
        read("gitlab", "issue.open", incident_labels=CHOSEN)


def test_taking_a_chosen_label_off_takes_it_back() -> None:
    off = {"changes.labels.previous": [{"title": "sev1"}]}
    assert not only(read("gitlab", "issue.unlabelled", off, incident_labels=CHOSEN), Incident).is_incident


def test_gitlabs_own_incidents_stay_incidents_whatever_the_labels() -> None:
    assert only(read("gitlab", "work_item.incident", incident_labels=CHOSEN), Incident).is_incident

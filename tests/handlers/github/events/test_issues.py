"""An issue labelled `incident` is an incident from its opening to its closing."""

import pytest

from handlers.incidents import IncidentLabels
from handlers.reading import Ignored
from storage.records import Incident, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read

CHOSEN = IncidentLabels(("Sev1", "outage"))
OPENED = at("2026-03-03T13:00:00Z")


def test_a_labelled_issue_is_an_incident() -> None:
    records = read("github", "issues.labeled")
    assert kinds(records) == ["Repository", "Incident"]
    assert only(records, Incident) == Incident(
        repository=RepositoryKey("github", "github.com", "40010"),
        provider="github",
        provider_key="issue:31",
        title="Moorings answer 500",
        url="https://github.com/lanternworks/harbor-api/issues/31",
        labels=("Incident",),
        opened_at=OPENED,
        closed_at=None,
        seen_at=at("2026-03-03T13:01:00Z"),
        is_incident=True,
    )


def test_its_closing_ends_it() -> None:
    incident = only(read("github", "issues.closed"), Incident)
    assert (incident.is_incident, incident.closed_at) == (True, at("2026-03-03T15:00:00Z"))


def test_taking_the_label_off_takes_it_back() -> None:
    assert not only(read("github", "issues.unlabeled"), Incident).is_incident


@pytest.mark.parametrize("action", ["deleted", "transferred"])
def test_an_issue_that_is_gone_is_no_incident_here(action: str) -> None:
    assert not only(read("github", "issues.deleted", {"action": action}), Incident).is_incident


def test_an_issue_that_lost_another_label_is_still_one() -> None:
    changes = {"action": "unlabeled", "label": {"name": "berths"}}
    assert only(read("github", "issues.labeled", changes), Incident).is_incident


@pytest.mark.parametrize("labels", [[], None, [{"name": "bug"}], [{"name": None}], [{"name": "incidental"}]])
def test_any_other_issue_is_ignored(labels: object) -> None:
    with pytest.raises(Ignored, match="no label `incident`"):
        read("github", "issues.opened", {"issue.labels": labels})


@pytest.mark.parametrize("label", ["sev1", "SEV1 ", "Outage"])
def test_the_administrator_chooses_the_labels(label: str) -> None:
    changes = {"issue.labels": [{"name": "bug"}, {"name": label}]}
    assert only(read("github", "issues.opened", changes, incident_labels=CHOSEN), Incident).is_incident


def test_a_label_that_was_not_chosen_makes_no_incident() -> None:
    with pytest.raises(Ignored, match="no label `Sev1` or `outage`"):
        read("github", "issues.labeled", incident_labels=CHOSEN)


def test_taking_a_chosen_label_off_takes_it_back_unless_another_one_stays() -> None:
    off: dict[str, object] = {"label.name": "OUTAGE"}
    assert not only(read("github", "issues.unlabeled", off, incident_labels=CHOSEN), Incident).is_incident
    off["issue.labels"] = [{"name": "sev1"}]
    assert only(read("github", "issues.unlabeled", off, incident_labels=CHOSEN), Incident).is_incident

"""An incident of whatever tool."""

from typing import Any

import pytest

from handlers.reading import Unreadable
from storage.records import Incident, Repository, by_path
from tests.handlers.generic.documents import INCIDENT, read_document
from tests.handlers.payloads import at, kinds, only


def test_an_incident_is_all_that_is_told_of_it() -> None:
    more = {"title": "Search is down", "url": "https://pd.example/7", "sha": "5B1F3A9", "deployment": 42}
    where = {"service": "search", "repository": {"provider": "gitlab", "path": "acme/web"}}
    records = read_document(INCIDENT, "pagerduty", **more, **where, opened_at="2026-03-02T09:00:00Z")

    assert kinds(records) == ["Repository", "Incident"]
    assert only(records, Repository).key == by_path("gitlab", "acme/web")
    assert only(records, Incident) == Incident(
        repository=None,
        named_repository=by_path("gitlab", "acme/web"),
        provider="generic",
        provider_key="incident:PD7:pagerduty",
        title="Search is down",
        url="https://pd.example/7",
        labels=(),
        opened_at=at("2026-03-02T09:00:00Z"),
        closed_at=None,
        seen_at=at("2026-03-02T10:00:00Z"),
        is_incident=True,
        service="search",
        deployment_key="42",
        sha="5b1f3a9",
    )


@pytest.mark.parametrize(
    ("state", "closed", "is_incident"),
    [("opened", False, True), ("acknowledged", False, True), ("closed", True, True), ("deleted", False, False)],
)
def test_a_state_opens_closes_or_takes_back(state: str, closed: bool, is_incident: bool) -> None:
    incident = only(read_document(INCIDENT, state=state), Incident)
    assert (incident.closed_at is not None, incident.is_incident) == (closed, is_incident)
    assert incident.opened_at == at("2026-03-02T10:00:00Z")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"severity": 1}, "unknown field `severity`"), ({"state": "open"}, "Invalid enum value"), ({"at": None}, "at")],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_document(INCIDENT, **fields)

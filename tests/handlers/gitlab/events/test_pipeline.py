"""A pipeline shows its project, and is never a deployment."""

from storage.records import Repository
from tests.handlers.payloads import at, kinds, only, read


def test_a_finished_pipeline_shows_its_project_at_its_end() -> None:
    records = read("gitlab", "pipeline.success")
    assert kinds(records) == ["Repository"]
    assert only(records, Repository).seen_at == at("2026-03-01T13:09:00Z")


def test_a_running_pipeline_has_no_time_of_its_own() -> None:
    changes = {"object_attributes.finished_at": None}
    assert only(read("gitlab", "pipeline.success", changes), Repository).seen_at is None

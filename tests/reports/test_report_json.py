"""The API's JSON is the report, field for field."""

from dataclasses import replace

from reports.numbers import NO_NUMBERS
from reports.report import DataQuality, Report, RepositorySubject, TeamSubject
from reports.report_json import report_as_json
from reports.windows import previous_window
from tests.reports.filling import NOVEMBER_WEEK, window

REPORT = Report(
    subject=TeamSubject("platform", "Platform Team"),
    window=NOVEMBER_WEEK,
    numbers=NO_NUMBERS,
    data_quality=(DataQuality("canceled", 1, "1 canceled deployment is not counted."),),
    waiting=(),
    previous_window=previous_window(NOVEMBER_WEEK),
    previous=NO_NUMBERS,
)
DURATIONS = {"p50_seconds": None, "p90_seconds": None, "n": 0}
NUMBERS = {
    "deployment_frequency": {"deployments": 0, "succeeded": 0, "per_day": None},
    "lead_time": {"p50_seconds": None, "p90_seconds": None, "n": 0, "n_pull_requests": 0, "n_commits": 0},
    "change_failure_rate": {"failed": 0, "deployments": 0, "ratio": None},
    "recovery_time": {"p50_seconds": None, "p90_seconds": None, "n": 0, "open": 0},
    "rework_rate": {"unplanned": 0, "deployments": 0, "ratio": None},
    "pull_requests": {
        "opened": 0,
        "merged": 0,
        "closed_unmerged": 0,
        "open": 0,
        "lines_added": None,
        "lines_deleted": None,
        "review_comments": 0,
        "cycle_time": DURATIONS,
        "stages": {"coding": DURATIONS, "pickup": DURATIONS, "review": DURATIONS, "deploy": DURATIONS},
    },
    "commits": {"count": 0, "lines_added": None, "lines_deleted": None, "lines_unknown": 0},
}


def test_the_whole_answer() -> None:
    team = {"slug": "platform", "name": "Platform Team"}
    assert report_as_json(REPORT) == {
        "team": team,
        "window": {
            "from": "2026-11-02T00:00:00+00:00",
            "to": "2026-11-09T00:00:00+00:00",
            "timezone": "UTC",
            "days": 7.0,
        },
        **NUMBERS,
        "data_quality": [{"kind": "canceled", "count": 1, "text": "1 canceled deployment is not counted."}],
        "previous": {
            "team": team,
            "window": {
                "from": "2026-10-26T00:00:00+00:00",
                "to": "2026-11-02T00:00:00+00:00",
                "timezone": "UTC",
                "days": 7.0,
            },
            **NUMBERS,
            "data_quality": [],
        },
    }


def test_without_a_window_before_previous_is_null() -> None:
    assert report_as_json(replace(REPORT, previous=None, previous_window=None))["previous"] is None


def test_a_repository_is_named_by_provider_and_path() -> None:
    told = report_as_json(replace(REPORT, subject=RepositorySubject("gitlab", "group/sub/api")))
    assert told["repository"] == {"provider": "gitlab", "path": "group/sub/api"}
    assert "team" not in told


def test_times_are_local_to_the_window() -> None:
    berlin = window("2026-10-18T22:00", "2026-10-25T23:00", "Europe/Berlin")
    told = report_as_json(replace(REPORT, window=berlin))["window"]
    assert (told["from"], told["to"]) == ("2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00")

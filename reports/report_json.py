"""A report as the JSON of the API: the dataclasses of report.py, field for field."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from reports.explanation import Explanation
from reports.report import DataQuality, Numbers, Report, TeamSubject, Window


def report_as_json(report: Report) -> dict[str, Any]:
    """`previous` has the same shape, without its own `previous`; null when there is none."""
    previous = None
    if report.previous is not None and report.previous_window is not None:
        previous = _one_window(report, report.previous_window, report.previous, report.previous_data_quality)
    return {
        **_one_window(report, report.window, report.numbers, report.data_quality),
        "previous": previous,
    }


def _one_window(
    report: Report, window: Window, numbers: Numbers, data_quality: Sequence[DataQuality]
) -> dict[str, Any]:
    return {
        **_subject(report),
        "window": window_as_json(window),
        **asdict(numbers),
        "data_quality": [asdict(one) for one in data_quality],
    }


def explanation_as_json(explanation: Explanation) -> dict[str, Any]:
    """Times in the window's own zone, as everywhere."""
    window = explanation.report.window
    zone = ZoneInfo(window.timezone)
    return {
        **_subject(explanation.report),
        "metric": explanation.metric,
        "definition": explanation.definition,
        "source": explanation.source,
        "window": window_as_json(window),
        "number": asdict(explanation.number),
        "total": explanation.total,
        "items": [
            {
                **asdict(item),
                "at": item.at.astimezone(zone).isoformat(),
                "parts": dict(item.parts),
                "chain": [{**asdict(one), "at": one.at.astimezone(zone).isoformat()} for one in item.chain],
            }
            for item in explanation.items
        ],
        "data_quality": [asdict(one) for one in explanation.remarks],
    }


def _subject(report: Report) -> dict[str, Any]:
    kind = "team" if isinstance(report.subject, TeamSubject) else "repository"
    return {kind: asdict(report.subject)}


def window_as_json(window: Window) -> dict[str, Any]:
    """Times in the window's own zone, with their offset."""
    zone = ZoneInfo(window.timezone)
    return {
        "from": window.start.astimezone(zone).isoformat(),
        "to": window.end.astimezone(zone).isoformat(),
        "timezone": window.timezone,
        "days": window.days,
    }

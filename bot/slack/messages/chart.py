"""Deployments per week: as a chart, and in words."""

from collections.abc import Sequence

from bot.slack.blocks import Block, bar_chart
from bot.slack.passages.window import MONTHS
from reports.digest import TrendWeek

# One bar is no trend.
FEWEST_WEEKS = 2


def deployments_chart(weeks: Sequence[TrendWeek]) -> Block:
    labels = [f"{week.monday.day} {MONTHS[week.monday.month - 1]}" for week in weeks]
    series = {
        "Succeeded": [week.deployments - week.failed for week in weeks],
        "Failed": [week.failed for week in weeks],
    }
    return bar_chart("Deployments to production per week", labels, series, x_label="Week from", y_label="Deployments")


def deployments_in_words(weeks: Sequence[TrendWeek]) -> str | None:
    """The same numbers; None: too few weeks for a chart."""
    if len(weeks) < FEWEST_WEEKS:
        return None
    counts = ", ".join(f"{week.deployments}" for week in weeks)
    failed = ", ".join(f"{week.failed}" for week in weeks)
    said = "none failed" if not any(week.failed for week in weeks) else f"of them failed {failed}"
    return f"Deployments in {len(weeks)} weeks, oldest first: {counts}; {said}."

"""Made-up explanations of the numbers of `REPORT`."""

from datetime import timedelta

from reports.evidence import Evidence
from reports.explanation import Explanation
from reports.report import Report
from tests.bot.slack.reports import REPORT


def item(number: int, title: str = "Speed up <search> & sort", url: str | None = None) -> Evidence:
    return Evidence(
        repository="acme/api",
        subject=f"pull_request:{number}",
        title=title,
        url=url or f"https://github.com/acme/api/pull/{number}",
        at=REPORT.window.start + timedelta(hours=number % 600),
        counted_as=f"shipped: deployment:{number}",
        seconds=3600.0 * number,
    )


def explanation(metric: str, total: int, report: Report = REPORT, items: tuple[Evidence, ...] = ()) -> Explanation:
    """As the command asks for it: the first 20 of `total`."""
    return Explanation(metric, report, items or tuple(item(number) for number in range(1, min(total, 20) + 1)), total)

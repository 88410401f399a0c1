"""Incidents: issues with the label.

https://docs.github.com/rest/issues/issues#list-repository-issues
"""

from typing import Any

import msgspec

from handlers.github.events import issues
from handlers.github.events.issues import IssuePart, Payload
from handlers.github.history.asking import Asking, Page
from handlers.github.history.deployments import repository_part
from handlers.incidents import INCIDENT_LABEL
from handlers.verdicts import Ignored
from storage.records import Incident, Record


class ListedIssue(IssuePart):
    # A pull request is listed as an issue, too.
    pull_request: Any = None


async def read(asking: Asking, following: str | None) -> Page:
    url = "/issues?labels={label}&state=all&per_page=100&since={since}"
    since = asking.since_stamp
    found, more = await asking.page(following, url, label=INCIDENT_LABEL, since=since)
    records: list[Record] = []
    for one in found:
        issue = msgspec.convert(one, ListedIssue)
        if issue.pull_request is None:
            records += _tell(issue, asking)
    return Page(records, more)


def _tell(issue: IssuePart, asking: Asking) -> list[Record]:
    """As its own webhook does."""
    try:
        told = list(issues.handle(Payload("edited", issue, repository_part(asking)), asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, Incident)]

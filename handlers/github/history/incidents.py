"""Incidents: issues with one of the labels.

https://docs.github.com/rest/issues/issues#list-repository-issues
"""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from handlers.github.events import issues
from handlers.github.events.issues import IssuePart, Payload
from handlers.github.history.asking import Asking, Page
from handlers.github.history.deployments import repository_part
from handlers.verdicts import Ignored
from storage.records import Incident, Record


class ListedIssue(IssuePart):
    # A pull request is listed as an issue, too.
    pull_request: Any = None


async def read(asking: Asking, following: str | None) -> Page:
    """Label by label: asked for several, GitHub lists only what has all of them."""
    address = following or _address(asking, asking.incident_labels.names[0])
    found, more = await asking.installed.page(address)
    records: list[Record] = []
    for one in found:
        issue = msgspec.convert(one, ListedIssue)
        if issue.pull_request is None:
            records += _tell(issue, asking)
    return Page(records, more or _next_label(asking, address))


def _address(asking: Asking, label: str) -> str:
    query = {"labels": label, "state": "all", "per_page": "100", "since": asking.since_stamp}
    return f"/repos/{asking.repository.path}/issues?{urlencode(query)}"


def _next_label(asking: Asking, address: str) -> str | None:
    """Where the next label's list begins, after the last page of this one's."""
    names = asking.incident_labels.names
    [label] = parse_qs(urlsplit(address).query)["labels"]
    # It is none of them when the setting was changed between two pages: then all of them are still to be read.
    left = names[names.index(label) + 1 :] if label in names else names
    return _address(asking, left[0]) if left else None


def _tell(issue: IssuePart, asking: Asking) -> list[Record]:
    """As its own webhook does."""
    try:
        told = list(issues.handle(Payload("edited", issue, repository_part(asking)), asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, Incident)]

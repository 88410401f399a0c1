"""Incidents: issues with one of the labels; and what was one and has lost its label since.

https://docs.github.com/rest/issues/issues#list-repository-issues
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from handlers.github.events.issues import IssuePart, incident_of
from handlers.github.history.asking import Asking, Page
from handlers.github.payloads import names_of
from storage.records import Incident, Record


class ListedIssue(IssuePart):
    # A pull request is listed as an issue, too.
    pull_request: Any = None


async def read(asking: Asking, following: str | None) -> Page:
    """Label by label: asked for several, GitHub lists only what has all of them."""
    address = following or _address(asking, asking.incident_labels.names[0])
    found, more = await asking.installed.page(address)
    return Page(_tell(asking, found), more or _next_label(asking, address))


async def read_changed(asking: Asking, following: str | None) -> Page:
    """Of the last days, whatever their labels: nobody lists by a label what has it no more."""
    found, more = await asking.page(
        following, "/issues{?state,per_page,since}", state="all", per_page="100", since=asking.since_stamp
    )
    return Page(_tell(asking, found), more)


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


def _tell(asking: Asking, found: Iterable[Any]) -> list[Record]:
    issues = asking.known.left_out.each(found, ListedIssue)
    return asking.known.left_out.records(issues, partial(_incident, asking))


def _incident(asking: Asking, issue: ListedIssue) -> Iterator[Incident]:
    if issue.pull_request is None:
        labelled = asking.incident_labels.among(names_of(issue.labels))
        incident = incident_of(issue, asking.repository.key, is_incident=labelled)
        yield incident if labelled else replace(incident, without=asking.incident_labels.folded)

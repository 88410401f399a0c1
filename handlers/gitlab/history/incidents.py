"""Incidents: issues with the label, or of the type; and what was one and is none any more.

https://docs.gitlab.com/api/issues/
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from handlers.gitlab.events.issue import IssuePart, incident_of, is_one
from handlers.gitlab.history.asking import Asking, Page, Query
from storage.records import Incident


async def read(asking: Asking, following: Query | None) -> Page:
    # Labels are compared by us: here they are told apart by their case, and nobody lists by one what has it no more.
    found, more = await asking.page("/issues", following, scope="all", updated_after=asking.since_stamp)
    return Page(asking.known.left_out.records(found, partial(_tell, asking)), more)


def _tell(asking: Asking, found: Mapping[str, Any]) -> Iterator[Incident]:
    issue = msgspec.convert({**found, "labels": None}, IssuePart)
    issue.url, labels = found.get("web_url"), tuple(found.get("labels") or ())
    is_incident = is_one(labels, (found.get("issue_type"),), asking.origin)
    incident = incident_of(issue, labels, asking.repository.key, is_incident=is_incident)
    yield incident if is_incident else replace(incident, without=asking.incident_labels.folded)

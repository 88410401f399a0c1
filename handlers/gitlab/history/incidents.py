"""Incidents: issues with the label, or of the type. https://docs.gitlab.com/api/issues/"""

from collections.abc import Mapping
from typing import Any

import msgspec

from handlers.gitlab.events import issue
from handlers.gitlab.events.issue import IssuePart, Payload
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.payloads import LabelPart
from handlers.verdicts import Ignored
from storage.records import Incident, Record


async def read(asking: Asking, following: Query | None) -> Page:
    # Labels are compared by us: here they are told apart by their case.
    found, more = await asking.page("/issues", following, scope="all", updated_after=asking.since_stamp)
    return Page([record for one in found for record in _tell(asking, one)], more)


def _tell(asking: Asking, found: Mapping[str, Any]) -> list[Record]:
    """As its own webhook does."""
    part = msgspec.convert({**found, "labels": None}, IssuePart)
    part.url, part.type = found.get("web_url"), found.get("issue_type")
    labels = [LabelPart(name) for name in found.get("labels") or ()]
    try:
        told = list(issue.handle(Payload(part, asking.part, labels), asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, Incident)]

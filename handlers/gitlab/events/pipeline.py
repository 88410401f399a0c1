"""`pipeline`: shows a project. A pipeline that passes is no deployment, and its jobs may have failed all the same.

https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.payloads import ProjectPart, key_of, repository_of
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.records import Record

EVENT = "pipeline"


class AttributesPart(msgspec.Struct):
    finished_at: Time = None


class Payload(msgspec.Struct):
    object_attributes: AttributesPart
    project: ProjectPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    # Before its end the event has no time of its own.
    finished_at = parse_time(payload.object_attributes.finished_at)
    yield repository_of(payload.project, key_of(payload.project, origin), finished_at)

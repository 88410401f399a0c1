"""Documents as tools send them, read through the real registry."""

import json
from typing import Any

from handlers.reading import read_delivery
from storage.records import Record
from tests.handlers.payloads import RECEIVED_AT

DEPLOYMENT: dict[str, Any] = {
    "type": "deployment",
    "id": "42",
    "status": "succeeded",
    "at": "2026-03-02T09:30:00Z",
    "environment": "production",
}
INCIDENT: dict[str, Any] = {"type": "incident", "id": "PD7", "state": "opened", "at": "2026-03-02T10:00:00Z"}


def read_document(document: dict[str, Any], host: str = "jenkins", **fields: Any) -> list[Record]:
    body = json.dumps({**document, **fields}).encode()
    return read_delivery("generic", str(document["type"]), body, RECEIVED_AT, host=host)

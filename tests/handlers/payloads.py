"""The payloads of tests/payloads, and what is read from them through the real registry."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from handlers.providers import PROVIDERS
from handlers.reading import read_delivery
from storage.records import Record

FOLDER = Path(__file__).parents[1] / "payloads"
RECEIVED_AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
GITLAB_HEADERS = {
    "push": "Push Hook",
    "tag_push": "Tag Push Hook",
    "merge_request": "Merge Request Hook",
    "note": "Note Hook",
    "deployment": "Deployment Hook",
    "pipeline": "Pipeline Hook",
    "issue": "Issue Hook",
    "work_item": "Issue Hook",
    "build": "Job Hook",
    "release": "Release Hook",
    "member": "Member Hook",
    "group": "System Hook",
    "project": "System Hook",
    "user": "System Hook",
}

T = TypeVar("T")


def names(provider: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / provider).glob("*.json"))


def load(provider: str, name: str, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A payload, with some fields changed ("pull_request.user": None); `...` removes a field."""
    payload: dict[str, Any] = json.loads((FOLDER / provider / f"{name}.json").read_bytes())
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        part: Any = payload
        for parent in parents:
            part = part[int(parent) if isinstance(part, list) else parent]
        if value is ...:
            del part[last]
        else:
            part[int(last) if isinstance(part, list) else last] = copy.deepcopy(value)
    return payload


def header(provider: str, name: str) -> str:
    """The event header that a payload's file name stands for."""
    event = name.partition(".")[0]
    return GITLAB_HEADERS[event] if provider == "gitlab" else PROVIDERS[provider].event_of_file(name, {})


def read(provider: str, name: str, changes: dict[str, Any] | None = None, **known: Any) -> list[Record]:
    """`known`: what `read_delivery` takes beside the delivery."""
    body = json.dumps(load(provider, name, changes)).encode()
    return read_delivery(provider, header(provider, name), body, RECEIVED_AT, **known)


def of_kind(records: Sequence[Record], kind: type[T]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]


def only(records: Sequence[Record], kind: type[T]) -> T:
    (record,) = of_kind(records, kind)
    return record


def kinds(records: Sequence[Record]) -> list[str]:
    return [type(record).__name__ for record in records]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

"""From a stored body to records: finds the event's handler and reads the JSON, whatever is in it."""

import json
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from handlers.github.events import EVENTS as GITHUB_EVENTS
from handlers.gitlab.events import EVENTS as GITLAB_EVENTS
from handlers.gitlab.kinds import Kind, kind_of
from handlers.registry import Origin
from handlers.verdicts import Ignored, Unreadable
from storage.records import Record

__all__ = ["Ignored", "Unreadable", "read_delivery"]

EVENTS = {"github": GITHUB_EVENTS, "gitlab": GITLAB_EVENTS}
NAMES = {"github": "GitHub", "gitlab": "GitLab"}
PUBLIC_HOSTS = {"github": "github.com", "gitlab": "gitlab.com"}
NUL_ESCAPE = b"\\u0000"
KIND_DECODER = msgspec.json.Decoder(Kind)

T = TypeVar("T")


def read_delivery(
    provider: str, event: str, body: bytes, received_at: datetime, *, host: str | None = None
) -> list[Record]:
    """The records of one delivery.

    `event` is the provider's header, `host` where its connection leads (for the few payloads without an address in
    them). Raises Ignored (nothing in it is counted) or Unreadable, each with a sentence for the administrator.
    """
    events = EVENTS.get(provider)
    if events is None:
        raise Ignored(f"Deliveries from {provider} are not used.")
    name = event if provider == "github" else kind_of(event, _decode(body, Kind, KIND_DECODER, event))
    found = events.get(name)
    if found is None:
        raise Ignored(f"{NAMES[provider]}'s event {name[:60]!r} is not used: nothing in it is counted.")
    payload = _decode(body, found.payload, found.decoder, name)
    return list(found.handle(payload, Origin(received_at, host or PUBLIC_HOSTS[provider])))


def _decode(body: bytes, type_: type[T], decoder: msgspec.json.Decoder[T], event: str) -> T:
    try:
        if NUL_ESCAPE not in body:
            return decoder.decode(body)
    except (ValueError, RecursionError):
        # Lone surrogates and broken UTF-8, which the lenient way can read; or it says what is wrong.
        pass
    try:
        return msgspec.convert(_load_leniently(body), type_)
    except msgspec.ValidationError as error:
        raise Unreadable(f"Its JSON is not what the event {event!r} should have: {error}.") from None
    except RecursionError:
        raise Unreadable("Its JSON is nested too deeply to be a real event.") from None
    except ValueError as error:
        raise Unreadable(f"Its body is not JSON: {str(error)[:200]}.") from None


def _load_leniently(body: bytes) -> Any:
    text = body.decode("utf-8-sig", "replace")
    return _clean(json.loads(text, strict=False, parse_constant=lambda _: None))


def _clean(value: Any) -> Any:
    """Text that PostgreSQL can store: no NUL, no lone surrogates. Field names without blanks around them."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        # Some senders pad the names ("iid "), GitLab's own example of a group's merge request among them.
        return {_clean(name).strip(): _clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value

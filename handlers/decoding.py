"""A body's JSON as a struct, whatever is in it."""

import json
from typing import Any, TypeVar

import msgspec

from handlers.verdicts import Unreadable

NUL_ESCAPE = b"\\u0000"

T = TypeVar("T")


def decode(body: bytes, type_: type[T], decoder: msgspec.json.Decoder[T], event: str) -> T:
    """`decoder` reads `type_`. Raises Unreadable, which names the event."""
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

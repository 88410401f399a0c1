"""What a provider's signature module makes of a verified request, and the checks all providers share."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from handlers.rejection import Rejected


class Envelope(NamedTuple):
    """A verified delivery: its event header, its key for telling redeliveries, and its JSON body (not yet read)."""

    event: str
    key: str
    body: bytes


# Header values are stored as text and indexed. aiohttp decodes them with lone surrogates for foreign bytes,
# which PostgreSQL refuses: https://docs.aiohttp.org/en/stable/web_reference.html
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


def required_header(headers: Mapping[str, str], name: str) -> str:
    """The header's value, or 400."""
    value = headers.get(name, "").strip()
    if not PRINTABLE.fullmatch(value):
        raise Rejected(
            HTTPStatus.BAD_REQUEST,
            "missing_header",
            f"The header {name} is missing, or is not 1 to 255 printable ASCII characters.",
        )
    return value


def content_type(headers: Mapping[str, str]) -> str:
    """The media type, lower-cased, without parameters."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def unauthorized(message: str) -> Rejected:
    return Rejected(HTTPStatus.UNAUTHORIZED, "bad_signature", message)


def unsupported_type(accepted: str) -> Rejected:
    return Rejected(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"Send the delivery as {accepted}.")

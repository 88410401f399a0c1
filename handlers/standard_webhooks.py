"""Standard Webhooks: a signature over id, time and body. https://www.standardwebhooks.com"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from handlers.envelope import PRINTABLE, unauthorized
from handlers.rejection import Rejected

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"


def signing_key(token: str) -> bytes:
    """The bytes of a signing token: base64 after `whsec_`. ValueError when it is none."""
    if not token.startswith(PREFIX):
        raise ValueError("a signing token begins with whsec_")
    try:
        key = base64.b64decode(token.removeprefix(PREFIX), validate=True)
    except binascii.Error as problem:
        raise ValueError("a signing token is base64 after whsec_") from problem
    if not key:
        raise ValueError("the signing token is empty after whsec_")
    return key


def signed_headers(headers: Mapping[str, str], remedy: str) -> list[str]:
    """The id, timestamp and signatures; 401 with the remedy when one is missing."""
    values = [headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    if not all(values):
        raise unauthorized(
            "This webhook must be signed: webhook-id, webhook-timestamp or webhook-signature is missing. " + remedy
        )
    return values


def check_signature(headers: Mapping[str, str], body: bytes, token: str, now: datetime, remedy: str) -> str:
    """Return the signed id, which is the same for every attempt of one event. In constant time.

    `now` is aware; what was signed more than five minutes ago is a replay.
    """
    identity, timestamp, signatures = signed_headers(headers, remedy)
    if not PRINTABLE.fullmatch(identity):
        raise Rejected(HTTPStatus.BAD_REQUEST, "missing_header", "webhook-id is not printable ASCII of 1 to 255.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise unauthorized("webhook-timestamp is not a Unix time in seconds.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise unauthorized("webhook-timestamp is more than five minutes off: check the clocks of both machines.")
    signed = b".".join((identity.encode(), timestamp.encode(), body))
    expected = b"v1," + base64.b64encode(hmac.digest(signing_key(token), signed, "sha256"))
    # Several signatures are sent while a token is being changed.
    offered = [signature.encode(errors="replace") for signature in signatures.split(" ")]
    if not any(hmac.compare_digest(expected, signature) for signature in offered):
        raise unauthorized("webhook-signature does not match the body: check the signing token on both sides.")
    return identity

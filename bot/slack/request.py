"""A request of Slack's: is it really Slack's, and what does it say?

https://docs.slack.dev/authentication/verifying-requests-from-slack/ (Bolt can verify too, but it reads the body
before it verifies it, and logs the bodies that it refuses).
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

# Older ones may have been recorded and sent again.
LONGEST_AGE_SECONDS = 300
LONGEST_TIMESTAMP = 16


class Unreadable(Exception):
    """Signed, but neither a form nor JSON."""


def is_signed(headers: Mapping[str, str], body: bytes, signing_secret: str) -> bool:
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP):
        return False
    if abs(time.time() - int(timestamp)) > LONGEST_AGE_SECONDS:
        return False
    return hmac.compare_digest(sign(timestamp, body, signing_secret).encode(), signature.encode(errors="replace"))


def sign(timestamp: str, body: bytes, signing_secret: str) -> str:
    digest = hmac.new(signing_secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def read_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """Events are JSON, slash commands a form, interactions a form with JSON in its field `payload`."""
    try:
        text = raw.decode()
        if content_type == "application/json":
            body = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            body = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is neither a form nor JSON.") from error
    if not isinstance(body, dict):
        raise Unreadable("The body is JSON, but no object.")
    return body

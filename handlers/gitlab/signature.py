"""Who may deliver as GitLab: a signing token (Standard Webhooks), or the older secret token.

https://docs.gitlab.com/user/project/integrations/webhooks/ and https://www.standardwebhooks.com
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from handlers.envelope import PRINTABLE, Envelope, content_type, required_header, unauthorized, unsupported_type
from handlers.rejection import Rejected

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"
HOW_TO_TURN_ON = (
    "GitLab deliveries are off: set GITLAB_WEBHOOK_SIGNING_TOKEN (or GITLAB_WEBHOOK_TOKEN, where GitLab is too old "
    "to sign) to the token of the webhook, and restart."
)


class Verifier(msgspec.Struct, frozen=True):
    """Checks deliveries against a token. With a signing token the older one is not enough: no downgrade."""

    webhook_token: str = ""
    webhook_signing_token: str = ""

    @property
    def configured(self) -> bool:
        return bool(self.webhook_token or self.webhook_signing_token)

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse what cannot become a delivery, before its body is read."""
        if self.webhook_signing_token:
            _signed_headers(headers)
        else:
            _check_token(headers, self.webhook_token)
        required_header(headers, "X-Gitlab-Event")
        if content_type(headers) != "application/json":
            raise unsupported_type("application/json")

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope:
        """Verify in constant time. `now` is aware; signed deliveries older than five minutes are replays."""
        event = required_header(headers, "X-Gitlab-Event")
        if self.webhook_signing_token:
            return Envelope(event, _check_signature(headers, body, self.webhook_signing_token, now), body)
        _check_token(headers, self.webhook_token)
        return Envelope(event, _key(headers, event, body), body)


def signing_key(token: str) -> bytes:
    """The bytes of a signing token: base64 after `whsec_`. ValueError when it is none."""
    if not token.startswith(PREFIX):
        raise ValueError("a GitLab signing token begins with whsec_")
    try:
        key = base64.b64decode(token.removeprefix(PREFIX), validate=True)
    except binascii.Error as problem:
        raise ValueError("a GitLab signing token is base64 after whsec_") from problem
    if not key:
        raise ValueError("the GitLab signing token is empty after whsec_")
    return key


def _signed_headers(headers: Mapping[str, str]) -> list[str]:
    """The id, timestamp and signatures of Standard Webhooks."""
    values = [headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    if not all(values):
        raise unauthorized(
            "This webhook must be signed: webhook-id, webhook-timestamp or webhook-signature is missing. "
            "Generate a signing token for it in GitLab; X-Gitlab-Token alone is not accepted."
        )
    return values


def _check_signature(headers: Mapping[str, str], body: bytes, token: str, now: datetime) -> str:
    """Return the signed id, which is the same for every attempt of one event."""
    identity, timestamp, signatures = _signed_headers(headers)
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


def _check_token(headers: Mapping[str, str], token: str) -> None:
    offered = headers.get("X-Gitlab-Token", "")
    if not (token and offered and hmac.compare_digest(token.encode(), offered.encode(errors="surrogateescape"))):
        raise unauthorized("X-Gitlab-Token is not the configured token: check the webhook's secret token.")


def _key(headers: Mapping[str, str], event: str, body: bytes) -> str:
    """GitLab 17.4 and later send Idempotency-Key. Never X-Gitlab-Event-UUID: different events can share it.

    https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/web_hook_service.rb
    """
    key = headers.get("Idempotency-Key", "")
    if PRINTABLE.fullmatch(key):
        return key
    return "sha256:" + hashlib.sha256(event.encode() + b"\0" + body).hexdigest()

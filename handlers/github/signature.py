"""Who may deliver as GitHub: an HMAC over the raw body.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs

import msgspec
from gidgethub import ValidationFailure
from gidgethub.sansio import validate_event

from handlers.envelope import Envelope, content_type, required_header, unauthorized, unsupported_type

FORM = "application/x-www-form-urlencoded"
HOW_TO_TURN_ON = (
    "GitHub deliveries are off: register an App with `devmetrics setup github`, or set GITHUB_WEBHOOK_SECRET to the "
    "secret of a webhook, and restart."
)


class Verifier(msgspec.Struct, frozen=True):
    """Checks deliveries against a secret; the previous one is accepted too, while the secret is being changed."""

    webhook_secret: str = ""
    webhook_secret_previous: str = ""

    @property
    def configured(self) -> bool:
        return bool(self.webhook_secret)

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse what cannot become a delivery, before its body is read."""
        _signature(headers)
        required_header(headers, "X-GitHub-Event")
        required_header(headers, "X-GitHub-Delivery")
        if content_type(headers) not in ("application/json", FORM):
            raise unsupported_type(f"application/json or {FORM}")

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope:  # noqa: ARG002 (GitHub signs no time)
        """Verify the signature over the raw body, in constant time."""
        signature = _signature(headers)
        secrets = filter(None, (self.webhook_secret, self.webhook_secret_previous))
        if not any(_is_valid(body, signature, secret) for secret in secrets):
            raise unauthorized("X-Hub-Signature-256 does not match: check that both sides have the same secret.")
        if content_type(headers) == FORM:
            body = _payload_field(body)
        # GitHub's delivery id stays the same when it is sent again.
        # https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
        return Envelope(required_header(headers, "X-GitHub-Event"), required_header(headers, "X-GitHub-Delivery"), body)


def _signature(headers: Mapping[str, str]) -> str:
    signature = headers.get("X-Hub-Signature-256", "")
    # gidgethub would take sha1 as well, and comparing text beyond ASCII raises.
    if not (signature.startswith("sha256=") and signature.isascii()):
        raise unauthorized("X-Hub-Signature-256 is missing: set a secret on the webhook. SHA-1 alone is not accepted.")
    return signature


def _is_valid(body: bytes, signature: str, secret: str) -> bool:
    try:
        validate_event(body, signature=signature, secret=secret)
    except ValidationFailure:
        return False
    return True


def _payload_field(form: bytes) -> bytes:
    """The JSON in the form's `payload` field; the form itself when it has none (it then fails with a reason)."""
    # As text, since parse_qs returns bytes only for ASCII; bytes that are no UTF-8 pass through unchanged.
    text = form.decode(errors="surrogateescape")
    try:
        fields = parse_qs(text, errors="surrogateescape", max_num_fields=16)
    except ValueError:
        return form
    payload = fields.get("payload")
    return payload[0].encode(errors="surrogateescape") if payload else form

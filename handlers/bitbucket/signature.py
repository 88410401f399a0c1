"""Who may deliver as Bitbucket: an HMAC over the raw body.

https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks
"""

import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from handlers.envelope import Envelope, content_type, required_header, unauthorized, unsupported_type

METHOD = "sha256="
HOW_TO_TURN_ON = (
    "Bitbucket deliveries are off: run `devmetrics setup bitbucket`, or set BITBUCKET_WEBHOOK_SECRET to the secret of "
    "a webhook, and restart."
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
        required_header(headers, "X-Event-Key")
        required_header(headers, "X-Request-UUID")
        if content_type(headers) != "application/json":
            raise unsupported_type("application/json")

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope:  # noqa: ARG002 (Bitbucket signs no time)
        """Verify the signature over the raw body, in constant time."""
        signature = _signature(headers)
        secrets = filter(None, (self.webhook_secret, self.webhook_secret_previous))
        expected = [METHOD + hmac.digest(secret.encode(), body, "sha256").hex() for secret in secrets]
        if not any(hmac.compare_digest(signature, one) for one in expected):
            raise unauthorized("X-Hub-Signature does not match: check that both sides have the same secret.")
        # It names the request: X-Attempt-Number counts the attempts at it, three at most.
        # https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#HTTP-headers
        return Envelope(required_header(headers, "X-Event-Key"), required_header(headers, "X-Request-UUID"), body)


def _signature(headers: Mapping[str, str]) -> str:
    signature = headers.get("X-Hub-Signature", "")
    # The documentation says that the method may change: then this must be taught the new one.
    if not (signature.startswith(METHOD) and signature.isascii()):
        raise unauthorized("X-Hub-Signature is missing or is not sha256: set a secret on the webhook.")
    return signature

"""Who may deliver as GitLab: a signing token (Standard Webhooks), or the older secret token.

https://docs.gitlab.com/user/project/integrations/webhooks/ and https://www.standardwebhooks.com
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from handlers.envelope import PRINTABLE, Envelope, content_type, required_header, unauthorized, unsupported_type
from handlers.standard_webhooks import check_signature, signed_headers

REMEDY = "Generate a signing token for it in GitLab; X-Gitlab-Token alone is not accepted."
HOW_TO_TURN_ON = (
    "GitLab deliveries are off: run `devmetrics setup gitlab`, or set GITLAB_WEBHOOK_SIGNING_TOKEN (or "
    "GITLAB_WEBHOOK_TOKEN, where GitLab is too old to sign) to the token of a webhook, and restart."
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
            signed_headers(headers, REMEDY)
        else:
            _check_token(headers, self.webhook_token)
        required_header(headers, "X-Gitlab-Event")
        if content_type(headers) != "application/json":
            raise unsupported_type("application/json")

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope:
        """Verify in constant time. `now` is aware; signed deliveries older than five minutes are replays."""
        event = required_header(headers, "X-Gitlab-Event")
        if self.webhook_signing_token:
            key = check_signature(headers, body, self.webhook_signing_token, now, REMEDY)
            return Envelope(event, key, body)
        _check_token(headers, self.webhook_token)
        return Envelope(event, _key(headers, event, body), body)


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

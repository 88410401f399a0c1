"""Who may deliver through a generic connection: whoever signs with its token, as Standard Webhooks say."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime

import msgspec

from handlers.envelope import PRINTABLE, Envelope, content_type, unsupported_type
from handlers.standard_webhooks import PREFIX, check_signature, signed_headers

HOW_TO_TURN_ON = (
    "Other tools deliver through connections of their own: `devmetrics connection add generic NAME` makes one."
)
REMEDY = "Sign it with the connection's token; see docs/generic.md."
TOKEN_BYTES = 32


class Kind(msgspec.Struct):
    type: str


class Verifier(msgspec.Struct, frozen=True):
    signing_token: str = ""

    @property
    def configured(self) -> bool:
        return bool(self.signing_token)

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Refuse what cannot become a delivery, before its body is read."""
        signed_headers(headers, REMEDY)
        if content_type(headers) != "application/json":
            raise unsupported_type("application/json")

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope:
        """The body says what it is of; `now` is aware."""
        key = check_signature(headers, body, self.signing_token, now, REMEDY)
        return Envelope(kind_of(body), key, body)


def new_secrets() -> Mapping[str, str]:
    """Of a connection, made here."""
    return {"signing_token": PREFIX + base64.b64encode(secrets.token_bytes(TOKEN_BYTES)).decode()}


def kind_of(body: bytes) -> str:
    """`incident` or `deployment`; what cannot be read is kept all the same, and fails with a reason."""
    try:
        kind = msgspec.json.decode(body, type=Kind).type
    except (ValueError, RecursionError):
        return "unreadable"
    return kind if PRINTABLE.fullmatch(kind) else "unreadable"

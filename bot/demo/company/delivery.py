"""One webhook delivery, ready to be signed and sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

_NAMESPACE = UUID("0b9ad2b1-6a0c-5f0e-9a55-6d657472c5f1")


@dataclass(frozen=True, slots=True)
class Delivery:
    """`event` is the header as the provider writes it: `push`, or GitLab's "Push Hook". `body` is what is signed.

    `key` is the provider's delivery id; a delivery made again for the same day carries the same one.
    """

    provider: str
    event: str
    key: str
    body: bytes
    at: datetime


def make_delivery(provider: str, event: str, payload: object, at: datetime) -> Delivery:
    """Serialize a payload; its key follows from what it says and when."""
    body = msgspec.json.encode(payload)
    return Delivery(provider, event, str(uuid5(_NAMESPACE, f"{at.isoformat()} {event} {body.decode()}")), body, at)

"""The durable queue between receiving and processing: what is put in, and what every queue promises."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Delivery:
    """One verified delivery. `body` is the JSON as sent; `received_at` is aware UTC."""

    organization_id: UUID
    provider: str
    # None: the provider's own address, without a row in provider_connections.
    connection_id: UUID | None
    # Tells a redelivery from a new delivery, within its organization, provider and connection.
    key: str
    event: str
    body: bytes
    received_at: datetime


class NotStored(Exception):
    """The queue cannot store now. Nothing is known of the delivery afterwards: the sender must send it again."""


class Inbox(Protocol):
    """A queue that keeps what it said it has."""

    async def store(self, delivery: Delivery) -> None:
        """Return once the delivery is durable; raise `NotStored` within a few seconds when it cannot be.

        A delivery whose key is known is stored once; it runs again only if it had failed.
        """

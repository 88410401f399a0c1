"""From a stored body to records: finds the event's handler and reads the JSON."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from handlers.decoding import decode
from handlers.incidents import BY_DEFAULT, IncidentLabels
from handlers.providers import PROVIDERS
from handlers.registry import Origin
from handlers.verdicts import Ignored, Unreadable
from storage.records import Record, RepositoryKey, Untimed

__all__ = ["Ignored", "Unreadable", "read_delivery"]


def read_delivery(
    provider: str,
    event: str,
    body: bytes,
    received_at: datetime,
    *,
    host: str | None = None,
    incident_labels: IncidentLabels = BY_DEFAULT,
    default_branches: Mapping[RepositoryKey, str] = MappingProxyType({}),
) -> list[Record]:
    """The records of one delivery.

    `event` is the provider's header, `host` where its connection leads (for the few payloads without an address in
    them), `default_branches` those known of repositories that do not tell them. Raises Ignored (nothing in it is
    counted) or Unreadable, each with a sentence for the administrator.
    """
    of = PROVIDERS.get(provider)
    if of is None:
        raise Ignored(f"Deliveries from {provider} are not used.")
    name = of.name_event(event, body)
    found = of.events.get(name)
    if found is None:
        raise Ignored(f"{of.name}'s event {name[:60]!r} is not used: nothing in it is counted.")
    payload = decode(body, found.payload, found.decoder, name)
    origin = Origin(received_at, host or of.public_host, incident_labels, default_branches)
    records = found.handle(payload, origin)
    return [
        # Of what has no time of its own, what was received last holds.
        replace(record, received_at=received_at) if isinstance(record, Untimed) else record
        for record in records
    ]

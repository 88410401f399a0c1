"""What a claimed delivery says: its records, or why there are none. No database, no network."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog

from handlers.failures import clean, describe, kind_of, where
from handlers.inbox.claims import DONE, FAILED, IGNORED, Claimed, Result
from handlers.inbox.compression import Damaged, decompress_body
from handlers.incidents import IncidentLabels
from handlers.reading import Ignored, Unreadable, read_delivery
from storage.records import Record, RepositoryKey

# Acknowledging goes on between slices of reading; what takes longer by itself is read in a thread.
SLICE_SECONDS = 0.003
LARGE_BYTES = 64 * 2**10
# Later deliveries of the batch stay in the queue when this much was read.
MOST_BYTES = 64 * 2**20

logger = structlog.get_logger(__name__)


class Configured(NamedTuple):
    """What the administrator says of deliveries, and they do not."""

    # By provider, where deliveries without a connection come from, if not from its public service.
    hosts: Mapping[str, str]
    incident_labels: IncidentLabels


class Outcome(NamedTuple):
    organization_id: UUID
    result: Result
    records: list[Record]


async def read_claimed(
    claimed: Sequence[Claimed],
    configured: Configured,
    default_branches: Mapping[RepositoryKey, str] = MappingProxyType({}),
) -> list[Outcome]:
    """One outcome for each delivery, or for the first of them when they are very large together."""
    outcomes: list[Outcome] = []
    size = 0
    slice_ends = time.perf_counter() + SLICE_SECONDS
    for delivery in claimed:
        if len(delivery.body or b"") > LARGE_BYTES:
            length, outcome = await asyncio.to_thread(_read, delivery, configured, default_branches)
        else:
            length, outcome = _read(delivery, configured, default_branches)
        outcomes.append(outcome)
        size += length
        if size > MOST_BYTES:
            break
        if time.perf_counter() > slice_ends:
            await asyncio.sleep(0)
            slice_ends = time.perf_counter() + SLICE_SECONDS
    return outcomes


def _read(
    delivery: Claimed, configured: Configured, default_branches: Mapping[RepositoryKey, str]
) -> tuple[int, Outcome]:
    """The size of the body, and its outcome."""
    if delivery.body is None:
        return 0, _outcome(delivery, FAILED, "Its body is no longer kept.")
    try:
        body = decompress_body(delivery.body)
    except Damaged:
        logger.error("a stored body is damaged", delivery=delivery.id)
        return 0, _outcome(delivery, FAILED, "Its stored body is damaged: let the provider send it again.")
    host = delivery.host or configured.hosts.get(delivery.provider)
    try:
        records = read_delivery(
            delivery.provider,
            delivery.event,
            body,
            delivery.received_at,
            host=host,
            incident_labels=configured.incident_labels,
            default_branches=default_branches,
        )
    except Ignored as ignored:
        return len(body), _outcome(delivery, IGNORED, str(ignored))
    except Unreadable as unreadable:
        outcome = _outcome(delivery, FAILED, str(unreadable))
        logger.warning("a delivery cannot be read", delivery=delivery.id, reason=outcome.result.reason)
        return len(body), outcome
    except Exception as error:  # noqa: BLE001 (an error in one event's handler must not cost the other deliveries)
        reference = uuid4().hex[:12]
        logger.error(
            "a handler failed", delivery=delivery.id, reference=reference, reason=kind_of(error), where=where(error)
        )
        return len(body), _outcome(delivery, FAILED, describe(error, reference))
    return len(body), Outcome(delivery.organization_id, Result(delivery.id, DONE, None), records)


def _outcome(delivery: Claimed, state: str, reason: str) -> Outcome:
    return Outcome(delivery.organization_id, Result(delivery.id, state, clean(reason)), [])

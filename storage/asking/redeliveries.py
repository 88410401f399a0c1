"""Deliveries that a provider was asked to send again: how often, so that it is not asked for ever."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking.repositories import Place

EXHAUSTED = text("""
SELECT delivery_key FROM redeliveries
WHERE organization_id = :organization_id AND provider = :provider AND host = :host
    AND delivery_key = ANY(CAST(:keys AS text[])) AND attempts >= :most
""")
# What came in here all the same (by hand, or through another door) is not asked for.
RECEIVED = text("""
SELECT delivery_key FROM webhook_deliveries
WHERE organization_id = :organization_id AND provider = :provider AND delivery_key = ANY(CAST(:keys AS text[]))
""")
NOTE = text("""
INSERT INTO redeliveries AS known (organization_id, provider, host, delivery_key, attempts)
VALUES (:organization_id, :provider, :host, :key, 1)
ON CONFLICT (organization_id, provider, host, delivery_key) DO UPDATE
SET attempts = known.attempts + 1, asked_at = now()
""")


async def worth_asking(
    connection: AsyncConnection, place: Place, keys: Collection[str], most_attempts: int
) -> set[str]:
    """Those of `keys` that neither came in nor were asked for too often."""
    given = {**place._asdict(), "keys": list(keys), "most": most_attempts}
    exhausted = set(await connection.scalars(EXHAUSTED, given))
    return set(keys) - exhausted - set(await connection.scalars(RECEIVED, given))


async def note_redelivery(connection: AsyncConnection, place: Place, key: str) -> None:
    await connection.execute(NOTE, {**place._asdict(), "key": key})

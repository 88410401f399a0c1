"""Keeping what only a provider's API can answer, until it is asked."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.asking.readings import ask_again_for_chosen
from storage.facts.values import text
from storage.records import RepositoryKey


async def write_enrichment_requests(
    connection: AsyncConnection,
    requests: Iterable[records.EnrichmentRequest],
    repositories: Mapping[RepositoryKey, UUID],
) -> None:
    """Each is kept once, also when it was answered."""
    rows = {(repositories[request.repository], request.kind, text(request.subject)) for request in requests}
    if rows:
        await connection.exec_driver_sql(
            "INSERT INTO enrichment_requests (repository_id, kind, subject) "
            "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
            tuple(map(list, zip(*rows, strict=True))),
        )


async def write_history_requests(
    connection: AsyncConnection,
    requests: Iterable[records.HistoryRequest],
    repositories: Mapping[RepositoryKey, UUID],
) -> None:
    """A history is read once. One that could not be read goes on where it was; `devmetrics backfill` begins anew."""
    rows = {repositories[request.repository]: request.since for request in requests}
    if rows:
        await connection.exec_driver_sql(
            "INSERT INTO history_readings AS reading (repository_id, purpose, since) "
            "SELECT id, 'backfill', since FROM unnest($1::uuid[], $2::timestamptz[]) AS s(id, since) "
            "ON CONFLICT (repository_id, purpose) DO UPDATE SET state = 'waiting', attempts = 0, reason = NULL, "
            "next_attempt_at = now(), finished_at = NULL WHERE reading.state = 'failed'",
            (list(rows), list(rows.values())),
        )
        await ask_again_for_chosen(connection, rows.keys())

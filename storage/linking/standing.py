"""Reading what stands: rows from before the horizons of repositories, and which later facts belong to it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.fetch import Rows, fetch
from storage.linking.frozen import Frozen
from storage.linking.rows import ChangeRow, EvidenceRow, Note, ShippedRow


def _before(table: str, columns: Sequence[str], moment: str) -> str:
    names = ", ".join(f"{table}.{column}" for column in columns)
    return (
        f"SELECT {table}.repository_id, {names} FROM {table} JOIN repositories r ON r.id = {table}.repository_id "  # noqa: S608 (names of our own tables)
        f"WHERE {table}.repository_id = ANY($1) AND {table}.{moment} < r.frozen_before"
    )


def _of_deployments(columns: Sequence[str]) -> str:
    names = ", ".join(f"deployment_evidence.{column}" for column in columns)
    return (
        f"SELECT deployment_evidence.repository_id, {names} FROM deployment_evidence "  # noqa: S608 (our own names)
        "JOIN deployments USING (repository_id, provider_key) WHERE repository_id = ANY($1) AND deployments.frozen"
    )


CHANGES = _before("changes", ChangeRow._fields, "merged_at")
SHIPPED = _before("shipped_changes", ShippedRow._fields, "shipped_at")
EVIDENCE = _of_deployments(EvidenceRow._fields)
NOTES = _before("link_notes", Note._fields, "at")
DEPLOYMENTS = "SELECT repository_id, provider_key FROM deployments WHERE repository_id = ANY($1) AND frozen"
SETTLED = """
    SELECT repository_id, commit_sha FROM (
        SELECT repository_id, unnest(commit_shas || after) FROM pushes WHERE repository_id = ANY($1)
        UNION SELECT repository_id, commit_sha FROM pull_request_commits WHERE repository_id = ANY($1)
        UNION SELECT repository_id, head_sha FROM pull_requests WHERE repository_id = ANY($1) AND NOT frozen
        UNION SELECT repository_id, sha FROM deployments WHERE repository_id = ANY($1)
        UNION SELECT repository_id, commit_sha FROM commits WHERE repository_id = ANY($1)
        UNION SELECT repository_id, commit_sha FROM carried_commits WHERE repository_id = ANY($1)
    ) AS named (repository_id, commit_sha) JOIN commit_keys USING (repository_id, commit_sha) WHERE settled
"""


class Standing(NamedTuple):
    """Rows by repository."""

    changes: Rows
    shipped: Rows
    evidence: Rows
    notes: Rows
    deployments: Rows
    settled: Rows

    def of(self, repository_id: UUID, before: datetime | None) -> Frozen:
        if before is None:
            return Frozen()
        return Frozen(
            before,
            frozenset(map(ChangeRow._make, self.changes[repository_id])),
            frozenset(map(ShippedRow._make, self.shipped[repository_id])),
            frozenset(map(EvidenceRow._make, self.evidence[repository_id])),
            frozenset(map(Note._make, self.notes[repository_id])),
            frozenset(key for (key,) in self.deployments[repository_id]),
            frozenset(sha for (sha,) in self.settled[repository_id]),
        )


async def read_standing(connection: AsyncConnection, repository_ids: Sequence[UUID]) -> Standing:
    """Of those of these repositories that have a horizon; most young installations have none."""
    statements = (CHANGES, SHIPPED, EVIDENCE, NOTES, DEPLOYMENTS, SETTLED)
    rows: list[Rows] = [defaultdict(list) for _ in statements]
    if repository_ids:
        rows = [await fetch(connection, statement, repository_ids) for statement in statements]
    return Standing(*rows)

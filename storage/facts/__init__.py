"""Writing what handlers saw: in sets, idempotent, and indifferent to the order of arrival."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts import (
    deployments,
    history,
    incidents,
    moments,
    organizations,
    people,
    pull_requests,
    repositories,
    requests,
    reviews,
    teams,
)
from storage.facts.batch import Batch
from storage.facts.forgotten import leave_out_forgotten
from storage.facts.horizons import carry_old_commits, read_horizons
from storage.facts.locks import lock_new_things
from storage.facts.placeholders import paths_of
from storage.facts.touched import Touched
from storage.facts.values import CannotBeStored
from storage.records import Record

__all__ = ["CannotBeStored", "Touched", "write_records"]


async def write_records(connection: AsyncConnection, organization_id: UUID, everything: Sequence[Record]) -> Touched:
    """Merge records, in order of receipt, into the tables; in the caller's transaction (READ COMMITTED).

    Holds the repositories and people concerned until it ends. Raises CannotBeStored for a record that is not a fact
    of this world; deadlocks and serialization failures are the caller's to try again.
    """
    touched = Touched()
    batch = Batch(await leave_out_forgotten(connection, everything))
    paths, people_seen = paths_of(batch.repositories_seen), people.see(batch.people())
    if (
        batch.is_administrative()
        or await repositories.any_new(connection, organization_id, batch.repository_keys, paths)
        or await people.brings_news(connection, people_seen)
    ):
        await lock_new_things(connection)
    ids = await repositories.write_repositories(connection, organization_id, batch, paths, touched)
    developers = await people.write_people(connection, people_seen, touched)
    horizons = await read_horizons(connection, ids)

    await history.write_commits(connection, batch.of(records.Commit), ids, developers, touched)
    await history.write_files(connection, batch.of(records.CommitFiles), ids, touched)
    await carry_old_commits(connection, batch.of(records.Commit), ids, horizons)
    await history.write_pushes(connection, horizons.later(batch.of(records.Push)), ids, touched)
    pull_requests_seen = horizons.later(batch.of(records.PullRequest))
    await pull_requests.write_pull_requests(connection, pull_requests_seen, ids, developers, touched)
    await moments.write_moments(connection, batch.of(records.PullRequestEvent), ids, touched)
    await moments.write_listed_commits(connection, batch.of(records.PullRequestCommit), ids, touched)
    await reviews.write_reviews(connection, batch.of(records.Review), ids, developers, touched)
    await reviews.write_review_requests(connection, batch.of(records.ReviewRequest), ids, developers)
    statuses = horizons.later(batch.of(records.DeploymentStatus))
    await deployments.write_deployments(connection, statuses, ids, developers, touched)
    await incidents.write_incidents(connection, organization_id, batch.of(records.Incident), ids, touched)
    await organizations.write_installations(connection, organization_id, batch.of(records.Installation))
    await teams.write_teams(connection, organization_id, batch.team_records(), ids, developers)
    await requests.write_enrichment_requests(connection, batch.of(records.EnrichmentRequest), ids)
    await requests.write_history_requests(connection, batch.of(records.HistoryRequest), ids)
    return touched

"""Writes what a provider's API said, as the worker writes what webhooks said."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.aggregates import refresh
from storage.facts import Touched, write_records
from storage.linking import relink
from storage.linking.due import postpone_links, take_due_links
from storage.records import Record


async def write_and_link(
    connection: AsyncConnection,
    organization_id: UUID,
    records: Sequence[Record],
    *,
    link_now: bool,
    also: Collection[UUID] = (),
) -> Touched:
    """In the caller's transaction. Not `link_now`: the worker links it when it is idle, or whoever links next.

    `also`: repositories whose links may differ for another reason.
    """
    touched = await write_records(connection, organization_id, records)
    touched.repositories.update(also)
    weeks = set(touched.deployment_weeks)
    if link_now:
        waiting = await take_due_links(connection, touched.repositories)
        weeks |= await relink(connection, touched.repositories | waiting)
    else:
        await postpone_links(connection, touched.repositories)
    await refresh(connection, touched.commit_days, weeks)
    return touched

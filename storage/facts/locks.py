"""Who waits for whom: first the lock for new things, then repositories by their keys, then people by theirs.

Everything else belongs to a repository, so its lock guards it. Always in this order: two writers cannot wait for each
other, but for rare joins of developers (the caller tries a deadlock again).
"""

from sqlalchemy.ext.asyncio import AsyncConnection


async def lock_new_things(connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else makes a repository, developer, team or installation."""
    await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('devmetrics: new things'))")

"""Of an account without a name from now on: what a person did, and the person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.facts.columns import fetch
from storage.facts.forgotten import FORGOTTEN, token_identity
from storage.facts.identities import ACCOUNT, USERNAMES
from storage.facts.redaction import SOMEONE
from storage.forgetting import rows
from storage.forgetting.rows import change_rows

# What a person did, and the columns that say who it was.
FACTS = (
    (rows.COMMITS, "author_id", "author_identity"),
    (rows.PULL_REQUESTS, "author_id", "author_identity"),
    (rows.REVIEWS, "reviewer_id", "reviewer_identity"),
    (rows.DEPLOYMENTS, "deployed_by", "deployed_by_identity"),
)


async def keep_a_token(connection: AsyncConnection, developer_id: UUID) -> None:
    """The only account that is left."""
    await connection.exec_driver_sql(
        "INSERT INTO developer_identities (provider, host, kind, value, developer_id, is_bot) "
        "SELECT $2::text, '', $3::text, $4::text, id, is_bot FROM developers WHERE id = $1 ON CONFLICT DO NOTHING",
        (developer_id, FORGOTTEN, ACCOUNT, str(developer_id)),
    )


async def hide_reviews(connection: AsyncConnection, developer_id: UUID, said: Sequence[str]) -> None:
    """Keys of reviews and requests name an account, or an address (`said`). While nobody writes facts: a review that is
    told again must be found by its new key."""
    token = str(developer_id)
    # "approval:7" and "approval:7:<time>"
    await connection.exec_driver_sql(
        "UPDATE reviews SET provider_key = concat('approval:', $2::text, substr(provider_key, 10 + length(said))) "
        "FROM unnest($3::text[]) AS said WHERE reviewer_id = $1 "
        "AND starts_with(concat(provider_key, ':'), concat('approval:', said, ':'))",
        (developer_id, token, list(said)),
    )
    await connection.exec_driver_sql(
        "DELETE FROM review_requests AS one USING review_requests AS other WHERE one.developer_id = $1 "
        "AND other.developer_id = $1 AND other.repository_id = one.repository_id AND other.pr_number = one.pr_number "
        "AND (other.seen_at, other.reviewer) > (one.seen_at, one.reviewer)",
        (developer_id,),
    )
    await connection.exec_driver_sql(
        "UPDATE review_requests SET reviewer = $2, name = $3 WHERE developer_id = $1",
        (developer_id, f"{ACCOUNT}:{token}", SOMEONE),
    )


async def hide_facts(engine: AsyncEngine, developer_id: UUID) -> None:
    token = token_identity(str(developer_id))
    for table, column, identity in FACTS:
        async with engine.connect() as connection:
            found = await fetch(
                connection,
                f"SELECT repository_id, {identity}, {', '.join(table.key)} FROM {table.name} "  # noqa: S608 (constants)
                f"WHERE {column} = $1 AND {identity} <> $2",
                developer_id,
                token,
            )
        await change_rows(engine, table, identity, [(row[0], tuple(row[2:]), row[1], token) for row in found])


async def take_names(connection: AsyncConnection, developer_id: UUID) -> None:
    """While nobody writes facts: what was written in the meantime is hidden too."""
    token = token_identity(str(developer_id))
    for table, column, identity in FACTS:
        await connection.exec_driver_sql(
            f"UPDATE {table.name} SET {identity} = $2 WHERE {column} = $1 AND {identity} <> $2",  # noqa: S608 (constants)
            (developer_id, token),
        )
    await connection.exec_driver_sql(
        "DELETE FROM developer_identities WHERE developer_id = $1 AND provider <> $2", (developer_id, FORGOTTEN)
    )
    names = ", ".join(f"{column} = NULL" for column in ("name", "email", *USERNAMES.values()))
    await connection.exec_driver_sql(
        f"UPDATE developers SET {names}, deleted_at = coalesce(deleted_at, now()) WHERE id = $1",  # noqa: S608 (constants)
        (developer_id,),
    )

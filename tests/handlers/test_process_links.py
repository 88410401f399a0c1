"""The worker links what it wrote: with the batch, or, while others wait, with the last of them."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.handlers.deliveries import deployment_status, push
from tests.handlers.queue import query, store


async def due_links(engine: AsyncEngine) -> int:
    return int((await query(engine, "SELECT count(*) FROM links_due"))[0][0])


async def watch_settling(engine: AsyncEngine) -> None:
    """From now on note, when a delivery is settled, how much is to be linked and what its deployment came to."""
    async with engine.begin() as connection:
        for statement in (
            "CREATE TABLE settled (delivery bigint, due bigint, outcome text)",
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO settled "
            "SELECT NEW.id, (SELECT count(*) FROM links_due), (SELECT outcome FROM deployments); RETURN NEW; END $$",
            "CREATE TRIGGER note AFTER UPDATE OF state ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION note()",
        ):
            await connection.execute(text(statement))


async def test_while_deliveries_wait_linking_waits_and_with_the_last_of_them_everything_is_linked(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await watch_settling(engine)
    await store(
        engine,
        organization_id,
        ("deployment_status", deployment_status(1)),
        ("push", push(1)),
        ("push", push(2)),
    )
    worker = Worker(engine)
    # One delivery in a batch.
    worker._most = 1
    assert await worker.work() == 3
    assert await query(engine, "SELECT due, outcome FROM settled ORDER BY delivery") == [
        (1, None),
        (1, None),
        (0, "succeeded"),
    ]
    assert await query(engine, "SELECT deployment_count FROM weekly_dora_metrics") == [(1,)]


async def test_what_a_worker_that_died_left_unlinked_is_linked_by_the_next_one(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await store(engine, organization_id, ("deployment_status", deployment_status(1)))
    await Worker(engine).work()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE deployments SET outcome = NULL"))
        await connection.execute(text("INSERT INTO links_due SELECT id FROM repositories"))
    assert await Worker(engine).work() == 0
    assert await due_links(engine) == 0
    assert await query(engine, "SELECT outcome FROM deployments") == [("succeeded",)]


async def test_a_repository_that_cannot_be_linked_costs_no_delivery_of_another_anything(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        broken = await connection.scalar(
            text(
                "INSERT INTO repositories (organization_id, provider, host, provider_id, name, path) "
                "VALUES (:id, 'github', 'github.com', 'broken', 'broken', 'acme/broken') RETURNING id"
            ),
            {"id": organization_id},
        )
        for statement in (
            "INSERT INTO enrichment_requests (repository_id, kind, subject, answer) "
            """VALUES (:id, 'compare', 'a...b', '{"commits": [{}]}')""",
            "INSERT INTO links_due (repository_id) VALUES (:id)",
        ):
            await connection.execute(text(statement), {"id": broken})
    await store(engine, organization_id, ("deployment_status", deployment_status(1)))

    worker = Worker(engine)
    assert await worker.work() == 1
    assert await query(engine, "SELECT state, attempts FROM webhook_deliveries") == [("done", 1)]
    assert await query(engine, "SELECT outcome FROM deployments") == [("succeeded",)]
    assert await worker.work() == 0
    assert await due_links(engine) == 0

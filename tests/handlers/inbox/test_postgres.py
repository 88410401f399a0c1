"""The queue keeps what it acknowledged, once, and tells everybody else."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox import Delivery, NotStored
from handlers.inbox.compression import compress_bodies, decompress_body
from handlers.inbox.postgres import MOST_BYTES, MOST_DELIVERIES, PostgresInbox
from handlers.inbox.writer import CHANNEL
from storage.database import create_engine
from storage.migrate import ensure_organization
from tests.patience import SECONDS


def delivery(organization_id: UUID, key: str, **changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "provider": "github",
        "connection_id": None,
        "key": key,
        "event": "push",
        "body": b"{}",
        "received_at": datetime.now(UTC),
    }
    return Delivery(**{**values, **changes})


async def rows(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(text("SELECT *, xmin::text FROM webhook_deliveries ORDER BY id")))


async def test_deliveries_that_arrive_together_share_a_commit_and_keep_their_order(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with PostgresInbox(engine) as inbox:
        await asyncio.gather(
            *(inbox.store(delivery(organization_id, f"{number:03}", body=b"%d" % number)) for number in range(100))
        )
        stored = await rows(engine)

    assert [row.delivery_key for row in sorted(stored, key=lambda row: row.received_at)] == [
        f"{number:03}" for number in range(100)
    ]
    assert {decompress_body(row.body) for row in stored} == {b"%d" % number for number in range(100)}
    assert len({row.xmin for row in stored}) <= 3


async def test_an_acknowledged_delivery_is_in_the_database_for_everybody_else(
    engine: AsyncEngine, database_url: str, organization_id: UUID
) -> None:
    """It is committed, not only written: another session sees it as soon as `store` returns."""
    other = create_engine(database_url)
    async with PostgresInbox(engine) as inbox:
        for number in range(20):
            await inbox.store(delivery(organization_id, str(number)))
            assert len(await rows(other)) == number + 1
    await other.dispose()


async def test_more_than_fits_into_one_write_is_stored_all_the_same(engine: AsyncEngine, organization_id: UUID) -> None:
    count = MOST_DELIVERIES * 2 + 1
    large = b"x" * (MOST_BYTES // 2 + 1)
    async with PostgresInbox(engine) as inbox:
        await asyncio.gather(
            *(inbox.store(delivery(organization_id, f"large {number}", body=large)) for number in range(3)),
            *(inbox.store(delivery(organization_id, str(number))) for number in range(count)),
        )

    assert len(await rows(engine)) == count + 3


async def test_leaving_stores_what_still_waits_and_takes_nothing_new(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with PostgresInbox(engine) as inbox:
        waiting = [asyncio.create_task(inbox.store(delivery(organization_id, str(number)))) for number in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert len(await rows(engine)) == 50
    with pytest.raises(NotStored):
        await inbox.store(delivery(organization_id, "late"))


async def test_a_sender_that_hangs_up_costs_the_others_nothing(engine: AsyncEngine, organization_id: UUID) -> None:
    async with PostgresInbox(engine) as inbox:
        tasks = [asyncio.create_task(inbox.store(delivery(organization_id, str(number)))) for number in range(10)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [result for result in results if not isinstance(result, asyncio.CancelledError)] == [None] * 5
    keys = {row.delivery_key for row in await rows(engine)}
    assert keys >= {"1", "3", "5", "7", "9"}


@pytest.mark.parametrize("state", ["pending", "done", "ignored", "failed"])
async def test_a_redelivery_runs_again_only_what_failed(engine: AsyncEngine, organization_id: UUID, state: str) -> None:
    async with PostgresInbox(engine) as inbox:
        await inbox.store(delivery(organization_id, "same"))
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE webhook_deliveries SET state = :state, attempts = 5, reason = 'no luck',"
                    " next_attempt_at = now() + interval '1 day'"
                ),
                {"state": state},
            )
        # Twice in one write, beside a new one.
        await asyncio.gather(*(inbox.store(delivery(organization_id, key)) for key in ("same", "new", "same")))

    same, new = await rows(engine)
    assert (new.delivery_key, new.state) == ("new", "pending")
    if state == "failed":
        assert (same.state, same.attempts, same.reason) == ("pending", 0, None)
        assert same.next_attempt_at <= datetime.now(UTC)
    else:
        assert (same.state, same.attempts, same.reason) == (state, 5, "no luck")


async def test_one_that_cannot_be_stored_does_not_keep_the_others_out(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Its connection was deleted a moment ago: the foreign key refuses it, and it alone."""
    gone = delivery(organization_id, "gone", connection_id=uuid4())
    async with PostgresInbox(engine) as inbox:
        results = await asyncio.gather(
            *(inbox.store(delivery(organization_id, str(number))) for number in range(10)),
            inbox.store(gone),
            *(inbox.store(delivery(organization_id, str(number))) for number in range(10, 20)),
            return_exceptions=True,
        )

    assert [type(result) for result in results if result is not None] == [NotStored]
    assert len(await rows(engine)) == 20


async def test_a_redelivery_does_not_wait_for_the_worker_that_holds_its_delivery(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with PostgresInbox(engine) as inbox:
        await inbox.store(delivery(organization_id, "same"))
        async with engine.begin() as worker:
            await worker.execute(text("SELECT FROM webhook_deliveries FOR UPDATE"))
            async with asyncio.timeout(SECONDS):
                await inbox.store(delivery(organization_id, "same"))


async def test_storing_notifies(engine: AsyncEngine, organization_id: UUID) -> None:
    notified = asyncio.Event()
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert isinstance(raw, asyncpg.Connection)
        await raw.add_listener(CHANNEL, lambda *_: notified.set())
        async with PostgresInbox(engine) as inbox:
            await inbox.store(delivery(organization_id, "new"))
        async with asyncio.timeout(SECONDS):
            await notified.wait()
        await connection.invalidate()


async def test_lost_connections_are_replaced_and_nobody_notices(engine: AsyncEngine, organization_id: UUID) -> None:
    async with PostgresInbox(engine) as inbox:
        for number in range(3):
            await asyncio.gather(*(inbox.store(delivery(organization_id, f"{number}.{n}")) for n in range(5)))
            async with engine.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    assert len(await rows(engine)) == 15


async def test_while_the_database_is_away_nothing_is_acknowledged_and_afterwards_it_goes_on(
    engine: AsyncEngine, database_url: str, organization_id: UUID
) -> None:
    """The database refuses connections for a while, as it does while it restarts."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    administrator = create_engine(database_url.replace(f"/{name}?", "/postgres?"))
    async with PostgresInbox(engine) as inbox:
        await inbox.store(delivery(organization_id, "before"))
        async with administrator.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            await connection.execute(
                text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            )
            async with asyncio.timeout(SECONDS):
                results = await asyncio.gather(
                    *(inbox.store(delivery(organization_id, f"during {n}")) for n in range(20)),
                    return_exceptions=True,
                )
            assert {type(result) for result in results} == {NotStored}
            await connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        await inbox.store(delivery(organization_id, "after"))
    await administrator.dispose()

    assert [row.delivery_key for row in await rows(engine)] == ["before", "after"]


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 3_000_000, bytes(range(256)) * 100])
def test_what_is_compressed_comes_back(body: bytes) -> None:
    assert [decompress_body(compressed) for compressed in compress_bodies([body, b"other", body])] == [
        body,
        b"other",
        body,
    ]


async def test_two_organizations_may_hear_the_same_each_has_its_own(engine: AsyncEngine, organization_id: UUID) -> None:
    """Older GitLabs send no key, so the body is it: one event may go to two organizations."""
    async with engine.begin() as connection:
        other = await ensure_organization(connection, "other")
    async with PostgresInbox(engine) as inbox:
        for organization in (organization_id, other, organization_id):
            await inbox.store(delivery(organization, "same", provider="gitlab"))
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE webhook_deliveries SET state = 'failed'"))
        await inbox.store(delivery(other, "same", provider="gitlab"))

    assert [(row.organization_id, row.state) for row in await rows(engine)] == [
        (organization_id, "failed"),
        (other, "pending"),
    ]

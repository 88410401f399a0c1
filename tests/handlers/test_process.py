"""The worker: everything stored is processed once, and one delivery's trouble is its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from handlers.inbox.claims import claim
from handlers.incidents import IncidentLabels
from handlers.process import Worker
from handlers.providers import PROVIDERS
from handlers.registry import Event, Origin
from storage.models.connections import ProviderConnection
from storage.records import Record
from tests.handlers.deliveries import deployment_status, membership, pull_request, push, sha
from tests.handlers.payloads import load
from tests.handlers.queue import query, store
from tests.patience import SECONDS


async def states(engine: AsyncEngine) -> list[str]:
    return [state for (state,) in await query(engine, "SELECT state FROM webhook_deliveries ORDER BY id")]


@asynccontextmanager
async def running(engine: AsyncEngine, **options: Any) -> AsyncIterator[Worker]:
    """A worker that runs beside the test."""
    stopping = asyncio.Event()
    worker = Worker(engine, **options)
    task = asyncio.create_task(worker.run(stopping))
    try:
        yield worker
    finally:
        stopping.set()
        async with asyncio.timeout(SECONDS):
            await task


async def eventually(engine: AsyncEngine, *, pending: int = 0) -> None:
    """Wait until so many deliveries are pending."""
    async with asyncio.timeout(SECONDS):
        while (await states(engine)).count("pending") != pending:  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.02)


async def refuse_commits(engine: AsyncEngine, number: int, *, code: str = "23514") -> None:
    """From now on the database refuses the commit of push `number` with this SQLSTATE."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF NEW.commit_sha = '{sha(number)}'"
                f" THEN RAISE 'no such commits here' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
            )
        )
        await connection.execute(
            text("CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON commits FOR EACH ROW EXECUTE FUNCTION refuse()")
        )


async def accept_commits(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP TRIGGER refuse ON commits"))


async def test_a_push_a_pull_request_and_a_deployment_become_rows(engine: AsyncEngine, organization_id: UUID) -> None:
    await store(
        engine,
        organization_id,
        ("push", push(1)),
        ("pull_request", pull_request(2)),
        ("deployment_status", deployment_status(1)),
    )

    assert await Worker(engine).work() == 3

    assert await query(engine, "SELECT state, attempts, reason FROM webhook_deliveries") == [("done", 1, None)] * 3
    assert await query(engine, "SELECT commit_sha, on_default_branch FROM commits") == [(sha(1), True)]
    assert await query(engine, "SELECT pr_number, state FROM pull_requests") == [(2, "open")]
    assert await query(engine, "SELECT provider_key, outcome FROM deployments") == [("deployment:1", "succeeded")]
    assert await query(engine, "SELECT kind, key, deployment_key FROM shipped_changes") == [
        ("commit", sha(1), "deployment:1")
    ]
    assert await query(engine, "SELECT commit_count FROM daily_commit_stats") == [(1,)]
    assert await query(engine, "SELECT deployment_count, failed_count FROM weekly_dora_metrics") == [(1, 0)]
    assert await Worker(engine).work() == 0


async def test_what_is_not_used_is_ignored_and_what_cannot_be_read_fails_each_with_its_reason(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await store(engine, organization_id, ("star", {"action": "created"}), ("push", b"{truncated"), ("push", push(1)))

    await Worker(engine).work()

    rows = await query(engine, "SELECT state, reason FROM webhook_deliveries ORDER BY id")
    assert [state for state, _ in rows] == ["ignored", "failed", "done"]
    assert "star" in rows[0][1]
    assert "JSON" in rows[1][1]
    assert rows[2][1] is None


async def test_a_delivery_the_database_refuses_costs_no_other_delivery_anything(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await refuse_commits(engine, 7)
    await store(engine, organization_id, *(("push", push(number)) for number in range(1, 21)))

    await Worker(engine).work()

    found = await states(engine)
    assert (found.count("done"), found[6]) == (19, "pending")
    [(attempts, reason, later)] = await query(
        engine, "SELECT attempts, reason, next_attempt_at > now() FROM webhook_deliveries WHERE state = 'pending'"
    )
    assert (attempts, later) == (1, True)
    assert "no such commits here" in reason
    assert "\n" not in reason
    assert len(await query(engine, "SELECT commit_sha FROM commits")) == 19


async def test_a_refused_delivery_is_tried_five_times_and_then_fails_with_its_reason(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await refuse_commits(engine, 1)
    await store(engine, organization_id, ("push", push(1)), ("push", push(2)))
    worker = Worker(engine, delays=[timedelta(0)] * 4)

    # Both together, and the one alone four times: in how many goes says nothing.
    assert sum([await worker.work() for _ in range(6)]) == 2 + 4

    rows = await query(engine, "SELECT state, attempts FROM webhook_deliveries ORDER BY id")
    assert rows == [("failed", 5), ("done", 1)]
    [(reason,)] = await query(engine, "SELECT reason FROM webhook_deliveries WHERE state = 'failed'")
    assert "no such commits here" in reason


async def test_a_refused_delivery_counts_once_the_cause_is_gone(engine: AsyncEngine, organization_id: UUID) -> None:
    await refuse_commits(engine, 1)
    await store(engine, organization_id, ("push", push(1)))
    worker = Worker(engine, delays=[timedelta(0)] * 4)
    await worker.work()
    await accept_commits(engine)
    await worker.work()

    assert await query(engine, "SELECT state, attempts, reason FROM webhook_deliveries") == [("done", 2, None)]
    assert await query(engine, "SELECT commit_sha FROM commits") == [(sha(1),)]


@pytest.mark.parametrize("code", ["40001", "40P01", "53200", "57P01"])
async def test_what_passes_by_itself_is_tried_again_and_does_not_count_as_an_attempt(
    engine: AsyncEngine, organization_id: UUID, code: str
) -> None:
    """Serialization failure, deadlock, out of memory, administrator's shutdown."""
    await refuse_commits(engine, 1, code=code)
    await store(engine, organization_id, ("push", push(1)), ("push", push(2)))
    async with running(engine):
        await asyncio.sleep(0.3)
        assert await query(engine, "SELECT DISTINCT state, attempts FROM webhook_deliveries") == [("pending", 0)]
        await accept_commits(engine)
        await eventually(engine)

    assert await query(engine, "SELECT state, attempts FROM webhook_deliveries") == [("done", 1)] * 2


class Anything(msgspec.Struct):
    number: int = 0


def stumble(payload: Anything, origin: Origin) -> Iterator[Record]:
    raise KeyError(f"secret {payload.number} of {origin.host}")
    yield


async def test_an_error_in_a_handler_is_noted_with_its_type_and_a_reference_and_the_others_go_on(
    engine: AsyncEngine, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        cast(dict[str, Event], PROVIDERS["github"].events),
        "stumble",
        Event(Anything, msgspec.json.Decoder(Anything), stumble),
    )
    await store(engine, organization_id, ("push", push(1)), ("stumble", {"number": 4711}), ("push", push(2)))

    with capture_logs() as logs:
        await Worker(engine).work()

    assert await states(engine) == ["done", "failed", "done"]
    [(reason,)] = await query(engine, "SELECT reason FROM webhook_deliveries WHERE state = 'failed'")
    assert "KeyError" in reason
    [entry] = [entry for entry in logs if entry["log_level"] == "error"]
    assert entry["reason"] == "KeyError"
    assert entry["reference"] in reason
    assert "stumble" in entry["where"]
    assert "4711" not in str(logs)


async def test_storing_wakes_the_worker_at_once(engine: AsyncEngine, organization_id: UUID) -> None:
    async with running(engine, poll_seconds=10 * SECONDS):
        await asyncio.sleep(0.3)
        await store(engine, organization_id, ("push", push(1)))
        await eventually(engine)


async def test_without_notifications_the_worker_looks_every_few_seconds(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """As behind a pooler that keeps no sessions: here the row comes into the table without a NOTIFY."""
    async with running(engine, poll_seconds=0.1):
        await asyncio.sleep(0.2)
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO webhook_deliveries (organization_id, provider, delivery_key, event)"
                    " VALUES (:organization, 'github', 'k', 'ping')"
                ),
                {"organization": organization_id},
            )
        await eventually(engine)

    assert await query(engine, "SELECT state, reason FROM webhook_deliveries") == [
        ("failed", "Its body is no longer kept.")
    ]


async def test_the_worker_survives_the_loss_of_all_its_connections(engine: AsyncEngine, organization_id: UUID) -> None:
    async with running(engine, poll_seconds=10 * SECONDS):
        for number in range(1, 4):
            await asyncio.sleep(0.1)
            async with engine.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await store(engine, organization_id, ("push", push(number)))
            await eventually(engine)

    assert await states(engine) == ["done"] * 3


async def test_several_workers_share_the_work_and_each_delivery_is_processed_once(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    bodies = [("push", push(number, of=number % 5 + 1)) for number in range(1, 201)]
    await store(engine, organization_id, *bodies)
    async with running(engine), running(engine), running(engine):
        await eventually(engine)

    assert await query(engine, "SELECT DISTINCT state, attempts FROM webhook_deliveries") == [("done", 1)]
    assert len(await query(engine, "SELECT commit_sha FROM commits")) == 200


async def test_a_worker_that_dies_in_the_middle_leaves_its_deliveries_to_the_others(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await store(engine, organization_id, ("push", push(1)))
    async with engine.connect() as dying:
        claimed, _ = await claim(dying, 10, 2**20)
        assert len(claimed) == 1
        # It is the dying worker's as long as that one lives.
        assert await Worker(engine).work() == 0
        await dying.invalidate()
    async with asyncio.timeout(SECONDS):
        while not await Worker(engine).work():  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.02)

    assert await states(engine) == ["done"]


async def test_a_stopped_worker_finishes_its_batch(engine: AsyncEngine, organization_id: UUID) -> None:
    await store(engine, organization_id, *(("push", push(number)) for number in range(1, 50)))
    stopping = asyncio.Event()
    task = asyncio.create_task(Worker(engine).run(stopping))
    await asyncio.sleep(0.05)
    stopping.set()
    async with asyncio.timeout(SECONDS):
        await task

    assert len(set(await states(engine))) == 1


async def test_each_organization_gets_its_own_records(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        other = await connection.scalar(
            text("INSERT INTO organizations (name, slug) VALUES ('Other', 'other') RETURNING id")
        )
    await store(engine, organization_id, ("push", push(1)))
    await store(engine, other, ("push", push(1)))

    await Worker(engine).work()

    rows = await query(engine, "SELECT organization_id FROM repositories")
    assert {identity for (identity,) in rows} == {organization_id, other}


async def connect(connection: AsyncConnection, organization_id: UUID) -> UUID:
    row = {
        "organization_id": organization_id,
        "provider": "github",
        "host": "git.example",
        "name": "second",
        "secrets": b"",
    }
    identity = await connection.scalar(insert(ProviderConnection).values(row).returning(ProviderConnection.id))
    assert isinstance(identity, UUID)
    return identity


async def test_events_without_an_address_belong_to_the_host_of_their_connection(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        connection_id = await connect(connection, organization_id)
    await store(engine, organization_id, ("membership", membership()))
    await store(engine, organization_id, ("membership", membership()), connection_id=connection_id)

    await Worker(engine, hosts={"github": "enterprise.example"}).work()

    rows = await query(engine, "SELECT host FROM teams ORDER BY host")
    assert rows == [("enterprise.example",), ("git.example",)]


async def test_issues_with_a_label_that_was_chosen_are_incidents_until_it_is_taken_off(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    told: list[tuple[str, dict[str, Any]]] = [
        ("issues.labeled", {}),
        ("issues.labeled", {"issue.labels": [{"name": "Outage"}]}),
        ("issues.unlabeled", {"label.name": "outage"}),
    ]
    worker = Worker(engine, incident_labels=IncidentLabels(("outage",)))
    found = []
    for name, changes in told:
        await store(engine, organization_id, ("issues", load("github", name, changes)))
        await worker.work()
        found.append(await query(engine, "SELECT labels FROM incidents WHERE is_incident"))

    assert found == [[], [(["Outage"],)], []]
    assert await states(engine) == ["ignored", "done", "done"]


async def test_very_large_deliveries_are_taken_a_few_at_a_time(engine: AsyncEngine, organization_id: UUID) -> None:
    bodies = [("star", b'{"padding": "%s"}' % (b"x" * 24_000_000)) for _ in range(4)]
    await store(engine, organization_id, *bodies)

    assert await Worker(engine).work() == 5  # the fourth was claimed with the others, and again by itself

    assert await states(engine) == ["ignored"] * 4
    # Each batch is one transaction.
    batches = await query(engine, "SELECT count(*) FROM webhook_deliveries GROUP BY xmin::text ORDER BY 1 DESC")
    assert batches == [(3,), (1,)]

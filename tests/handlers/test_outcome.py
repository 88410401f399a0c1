"""What a claimed delivery says, and what the administrator is told of one that says nothing."""

from datetime import UTC, datetime
from uuid import uuid4

from structlog.testing import capture_logs

from handlers.inbox.claims import Claimed
from handlers.inbox.compression import compress_bodies
from handlers.incidents import BY_DEFAULT
from handlers.outcome import Configured, read_claimed


async def test_a_delivery_that_cannot_be_read_is_in_the_log_with_its_reason() -> None:
    (body,) = compress_bodies([b"{truncated"])
    delivery = Claimed(7, uuid4(), "github", "push", datetime(2026, 11, 3, tzinfo=UTC), body, attempts=1, host=None)

    with capture_logs() as logs:
        (outcome,) = await read_claimed([delivery], Configured({}, BY_DEFAULT))

    assert outcome.result.state == "failed"
    (entry,) = logs
    assert (entry["log_level"], entry["event"]) == ("warning", "a delivery cannot be read")
    assert (entry["delivery"], entry["reason"]) == (7, outcome.result.reason)


async def test_a_stored_body_that_is_damaged_costs_that_delivery_alone() -> None:
    (whole,) = compress_bodies([b"{}"])
    at = datetime(2026, 11, 3, tzinfo=UTC)
    bodies = [b"\x00\x11", whole[:-2], whole]
    claimed = [Claimed(number, uuid4(), "github", "ping", at, body, 1, None) for number, body in enumerate(bodies)]

    with capture_logs() as logs:
        outcomes = await read_claimed(claimed, Configured({}, BY_DEFAULT))

    assert [outcome.result.state for outcome in outcomes] == ["failed", "failed", "done"]
    assert [entry["event"] for entry in logs] == ["a stored body is damaged"] * 2

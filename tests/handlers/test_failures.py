"""Whoever must act reads what happened; the log, which others read too, holds nothing of a payload."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.failures import describe, kind_of


@pytest.mark.parametrize("statement", ["SELECT CAST('hush' AS int)", "SELECT CAST(:value AS int)"])
async def test_what_the_database_refuses_is_shown_and_not_logged(engine: AsyncEngine, statement: str) -> None:
    """PostgreSQL's refusal, and that of the driver before it."""
    with pytest.raises(DBAPIError) as refusal:
        async with engine.connect() as connection:
            await connection.execute(sa.text(statement), {"value": "hush"} if ":value" in statement else {})
    assert "hush" in describe(refusal.value, "4711")
    assert "reference 4711 in the log" in describe(refusal.value, "4711")
    assert "hush" not in kind_of(refusal.value)
    assert "DBAPIError" in kind_of(refusal.value)


def test_a_connection_that_fails_is_logged_with_its_reason() -> None:
    assert kind_of(ConnectionRefusedError("Connect call failed")) == "ConnectionRefusedError: Connect call failed"

"""`devmetrics token`."""

import hashlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics


async def test_a_token_is_printed_once_and_stored_as_its_hash(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    result = await devmetrics("token", "create", "--name", "grafana")
    token = result.out.strip()

    assert result.status == 0
    async with engine.connect() as connection:
        [row] = await connection.execute(text("SELECT name, token_hash FROM api_tokens"))
    assert (row.name, row.token_hash) == ("grafana", hashlib.sha256(token.encode()).digest())

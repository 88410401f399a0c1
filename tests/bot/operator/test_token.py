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


async def test_a_token_is_listed_and_revoked_by_name_or_id(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    assert "Make one" in (await devmetrics("token", "list")).out
    await devmetrics("token", "create", "--name", " grafana ")
    again = await devmetrics("token", "create", "--name", "Grafana")
    assert (again.status, again.out) == (1, "")
    assert "`devmetrics token revoke Grafana`" in again.err

    [_head, row] = (await devmetrics("token", "list")).out.splitlines()
    name, id_, *_rest = row.split()
    assert name == "grafana"
    assert row.rstrip().endswith("never")
    revoked = await devmetrics("token", "revoke", "grafana")
    assert (revoked.status, revoked.out) == (0, "Token grafana is refused from now on.\n")
    assert "revoked" in (await devmetrics("token", "list")).out
    assert "no token 'grafana' in use" in (await devmetrics("token", "revoke", "grafana")).err
    # Its name is free again.
    assert (await devmetrics("token", "create", "--name", "grafana")).status == 0
    assert "no token" in (await devmetrics("token", "revoke", id_)).err
    async with engine.connect() as connection:
        log = (await connection.execute(text("SELECT action, subject FROM audit_logs ORDER BY id"))).all()
    assert log == [("token.create", "grafana"), ("token.revoke", "grafana"), ("token.create", "grafana")]


async def test_a_token_without_a_name_is_refused(devmetrics: Devmetrics) -> None:
    for name in ("", "  ", "x" * 101):
        result = await devmetrics("token", "create", "--name", name)
        assert (result.status, result.out) == (1, "")
        assert "like grafana" in result.err


async def test_tokens_of_one_name_from_before_are_told_apart_by_id(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    await devmetrics("token", "create", "--name", "grafana")
    async with engine.begin() as connection:
        columns = "INSERT INTO api_tokens (organization_id, name, token_hash)"
        await connection.execute(text(f"{columns} SELECT organization_id, name, 'x' FROM api_tokens"))
    refused = (await devmetrics("token", "revoke", "grafana")).err
    assert "give the id of one" in refused
    assert (await devmetrics("token", "revoke", refused.split()[-1])).status == 0

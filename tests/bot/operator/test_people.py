"""`devmetrics people`: who is who, from a terminal."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.bot.operator.running import Devmetrics
from tests.handlers.deliveries import deployment_status, push
from tests.handlers.queue import query, store


async def test_people_are_listed_merged_shown_and_split(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID
) -> None:
    assert "Nobody is known yet" in (await devmetrics("people", "list")).out
    await store(engine, organization_id, ("push", push(1)), ("deployment_status", deployment_status(1)))
    await Worker(engine).work()
    listed = (await devmetrics("people", "list")).out
    assert "octo@cat.example" in listed
    assert "github:octocat-583231" in listed
    assert "Nobody is known by that" in (await devmetrics("people", "list", "zzz")).out

    shown = (await devmetrics("people", "show", "octo@cat.example")).out
    assert "  github:octocat-583231  (account:github:github.com:583231)" in shown
    split = await devmetrics("people", "split", "octo@cat.example", "octocat-583231")
    assert split.out.startswith("Two people now: Octo Cat (octo@cat.example); and ")
    merged = await devmetrics("people", "merge", "octo@cat.example", "octocat-583231")
    assert merged.out.startswith("One person now: Octo Cat (github:octocat-583231, octo@cat.example)")
    assert await query(engine, "SELECT action FROM audit_logs ORDER BY id") == [("people.split",), ("people.merge",)]

    result = await devmetrics("people", "merge", "octo@cat.example", "stranger")
    assert (result.status, result.out) == (1, "")
    assert "Nobody is known as 'stranger'" in result.err

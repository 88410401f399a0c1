"""`devmetrics people`: who is who, from a terminal."""

import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.bot.operator.running import Devmetrics
from tests.handlers.deliveries import deployment_status, pull_request, push
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


async def test_a_person_is_exported_and_forgotten(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID
) -> None:
    told = [push(1), pull_request(2), deployment_status(1), push(1, of=2)]
    words = ("push", "pull_request", "deployment_status", "push")
    await store(engine, organization_id, *zip(words, told, strict=True))
    await Worker(engine).work()
    numbers = (await devmetrics("ask", "repo octo/app-1 365d", "--json")).out
    await store(engine, organization_id, ("push", told[-1]), key="waits")
    exported = json.loads((await devmetrics("people", "export", "octocat-583231")).out)
    assert [one["pr_number"] for one in exported["pull_requests"]] == [2]

    refused = await devmetrics("people", "forget", "octocat-583231")
    assert refused.status == 1
    assert await query(engine, "SELECT count(*) FROM forgotten_identities") == [(0,)]
    done = await devmetrics("people", "forget", "octo@cat.example", "--yes")
    assert done.status == 0, done.err
    assert "4 bodies of deliveries are dropped" in done.out
    assert "Not processed yet and naming them: 1." in done.out
    await Worker(engine).work()
    assert await query(engine, "SELECT count(*) FROM webhook_deliveries WHERE body IS NOT NULL") == [(0,)]
    assert (await devmetrics("people", "list", "octo")).out == "Nobody is known by that.\n"
    assert (await devmetrics("ask", "repo octo/app-1 365d", "--json")).out == numbers
    assert await query(engine, "SELECT action, after::text ~* 'octo' FROM audit_logs ORDER BY id") == [
        ("people.forget", False)
    ]

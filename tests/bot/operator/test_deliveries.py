"""`devmetrics deliveries`: what came in, and what to do with it."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.bot.operator.running import Devmetrics, states
from tests.handlers.deliveries import push


@pytest.mark.usefixtures("three")
async def test_deliveries_are_listed_with_the_newest_first(devmetrics: Devmetrics) -> None:
    lines = (await devmetrics("deliveries", "list")).out.splitlines()

    assert [line.split()[0] for line in lines] == ["ID", "3", "2", "1"]
    assert "failed" in lines[1]
    assert "JSON" in lines[1]
    assert len((await devmetrics("deliveries", "list", "--limit", "1")).out.splitlines()) == 2


@pytest.mark.usefixtures("three")
async def test_in_a_narrow_terminal_a_reason_stands_below_its_delivery(devmetrics: Devmetrics) -> None:
    lines = (await devmetrics("deliveries", "list", "--state", "failed", COLUMNS="80")).out.splitlines()

    assert [line.split()[0] for line in lines[:2]] == ["ID", "3"]
    assert "Reason" not in lines[0]
    assert "JSON" in " ".join(lines[2:])
    assert all(line.startswith("    ") and len(line) <= 80 for line in lines[2:])


async def test_an_id_that_no_delivery_can_have_is_wrong_usage(devmetrics: Devmetrics) -> None:
    for word in ("show", "retry"):
        for impossible in ("0", "9" * 20):
            assert (await devmetrics("deliveries", word, impossible)).status == 2


async def test_an_empty_list_says_so(devmetrics: Devmetrics) -> None:
    assert "Nothing came in yet" in (await devmetrics("deliveries", "list")).out
    assert "failed" in (await devmetrics("deliveries", "list", "--state", "failed")).out


@pytest.mark.usefixtures("three")
async def test_deliveries_are_listed_as_json(devmetrics: Devmetrics) -> None:
    result = await devmetrics("deliveries", "list", "--json", "--state", "failed")

    [entry] = json.loads(result.out)
    assert (entry["id"], entry["provider"], entry["event"], entry["state"]) == (3, "github", "push", "failed")
    assert entry["key"].startswith("key-push")
    assert entry["reason"]
    assert json.loads((await devmetrics("deliveries", "list", "--json", "--state", "pending")).out) == []


@pytest.mark.usefixtures("three")
async def test_a_delivery_is_shown_with_its_body(devmetrics: Devmetrics) -> None:
    shown = (await devmetrics("deliveries", "show", "1")).out
    head, _, body = shown.partition("\n\n")
    assert "event: push" in head
    assert "state: done" in head
    assert json.loads(body) == push(1)

    assert "{broken" in (await devmetrics("deliveries", "show", "3")).out


@pytest.mark.usefixtures("three")
async def test_what_does_not_exist_is_told_with_status_1(devmetrics: Devmetrics) -> None:
    for word in ("show", "retry"):
        result = await devmetrics("deliveries", word, "99")
        assert (result.status, result.out) == (1, "")
        assert "99" in result.err


@pytest.mark.usefixtures("three")
async def test_another_organization_sees_and_touches_nothing_of_this_one(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    assert "Nothing came in yet" in (await devmetrics("deliveries", "list", ORGANIZATION="other")).out
    assert (await devmetrics("deliveries", "show", "1", ORGANIZATION="other")).status == 1
    assert (await devmetrics("deliveries", "retry", "3", ORGANIZATION="other")).status == 1
    await devmetrics("deliveries", "retry", "--failed", ORGANIZATION="other")
    assert await states(engine) == ["done", "ignored", "failed"]


@pytest.mark.usefixtures("three")
async def test_failed_deliveries_run_again_one_or_all(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    assert (await devmetrics("deliveries", "retry", "3")).status == 0
    assert await states(engine) == ["done", "ignored", "pending"]
    await Worker(engine).work()
    assert (await devmetrics("deliveries", "retry", "--failed")).out.startswith("1 delivery waits")
    assert await states(engine) == ["done", "ignored", "pending"]
    assert "nothing to run again" in (await devmetrics("deliveries", "retry", "--failed")).out
    # What is done counts once, whatever is asked.
    assert (await devmetrics("deliveries", "retry", "1")).status == 1
    assert (await devmetrics("deliveries", "retry", "2")).status == 0


@pytest.mark.usefixtures("three")
async def test_a_failed_delivery_is_dismissed_and_only_that(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    assert (await devmetrics("deliveries", "dismiss", "1")).status == 1
    assert (await devmetrics("deliveries", "dismiss", "3", ORGANIZATION="other")).status == 1
    assert await states(engine) == ["done", "ignored", "failed"]
    assert "ignored from now on" in (await devmetrics("deliveries", "dismiss", "3")).out
    assert await states(engine) == ["done", "ignored", "ignored"]
    assert "reason: Dismissed. It had failed: " in (await devmetrics("deliveries", "show", "3")).out
    # It can still be run again.
    assert (await devmetrics("deliveries", "retry", "3")).status == 0

"""From the first commit to production, once per change."""

import numpy
import pytest

from reports.metrics import lead_time
from reports.report import LeadTime
from tests.reports.filling import Filling, at
from tests.reports.metrics.reading import evidence, read

HOUR = 3600.0


async def test_pull_requests_and_lone_commits_are_changes(filling: Filling) -> None:
    repository = await filling.repository()
    for hours in (1, 3):
        await filling.shipped(repository, at("2026-11-03"), hours)
    await filling.shipped(repository, at("2026-11-04"), 8, kind="commit", key="abc")
    found = await read(filling, lead_time, repository)
    assert (found.n, found.n_pull_requests, found.n_commits) == (3, 2, 1)
    assert found.p50_seconds == 3 * HOUR
    assert found.p90_seconds == pytest.approx(7 * HOUR)


async def test_one_change_is_its_own_median(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.shipped(repository, at("2026-11-03"), 2)
    assert await read(filling, lead_time, repository) == LeadTime(2 * HOUR, 2 * HOUR, 1, 1, 0)


async def test_the_window_is_that_of_the_shipment(filling: Filling) -> None:
    repository = await filling.repository()
    for moment in ("2026-11-01T23:59:59", "2026-11-02", "2026-11-08T23:59:59", "2026-11-09"):
        await filling.shipped(repository, at(moment), 1)
    assert (await read(filling, lead_time, repository)).n == 2


async def test_nothing_shipped_is_no_data(filling: Filling) -> None:
    repository = await filling.repository()
    assert await read(filling, lead_time, repository) == LeadTime(None, None, 0, 0, 0)


async def test_bots_and_impossible_shipments_are_left_out(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.shipped(repository, at("2026-11-03"), 1, left_out="bot")
    await filling.shipped(repository, at("2026-11-03"), -1, left_out="negative")
    assert (await read(filling, lead_time, repository)).n == 0


async def test_a_change_counts_once_and_with_a_service_filter_when_that_service_ships(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.shipped(repository, at("2026-11-03"), 10, key="7", service="checkout")
    await filling.shipped(repository, at("2026-11-04"), 34, key="7", service="search", earliest=False)
    await filling.shipped(repository, at("2026-11-05"), 58, key="7", service="admin", earliest=False)

    async def hours(*services: str) -> float:
        pairs = tuple((repository, service) for service in services)
        found = await read(filling, lead_time, repository, services=pairs)
        assert found.n == 1
        assert len(await evidence(filling, lead_time, repository, services=pairs)) == 1
        return float(found.p50_seconds) / HOUR

    assert await hours() == 10
    assert await hours("search") == 34
    assert await hours("admin", "search") == 34
    assert await hours("admin", "checkout") == 10


async def test_the_evidence_is_every_change_longest_first(filling: Filling) -> None:
    repository = await filling.repository()
    lone = await filling.shipped(repository, at("2026-11-03"), 1, kind="commit", key="abc")
    merged = await filling.shipped(repository, at("2026-11-04"), 5, deployment_key="deployment:9")
    await filling.change(repository, at("2026-11-04"), merged, title="Add search", url="https://x.test/pull/1")
    await filling.shipped(repository, at("2026-11-04"), 9, left_out="bot")
    long, short = await evidence(filling, lead_time, repository)
    assert (long.subject, long.title, long.url) == (f"pull_request:{merged}", "Add search", "https://x.test/pull/1")
    assert (long.counted_as, long.seconds, long.at) == ("shipped: deployment:9", 5 * HOUR, at("2026-11-04"))
    assert (short.subject, short.title, short.url) == (f"commit:{lone}", "", None)


@pytest.mark.parametrize("seed", range(5))
async def test_percentiles_are_those_of_the_evidence(filling: Filling, seed: int) -> None:
    """Linear between neighbours, as numpy has them."""
    random = numpy.random.default_rng(seed)
    repository = await filling.repository()
    for hours in random.lognormal(3, 2, size=1 + 7 * seed):
        await filling.shipped(repository, at("2026-11-03"), float(hours))
    found = await read(filling, lead_time, repository)
    seconds = [one.seconds for one in await evidence(filling, lead_time, repository) if one.seconds is not None]
    assert found.n == len(seconds)
    assert found.p50_seconds == pytest.approx(numpy.percentile(seconds, 50))
    assert found.p90_seconds == pytest.approx(numpy.percentile(seconds, 90))

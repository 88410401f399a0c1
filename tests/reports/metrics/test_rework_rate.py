"""Unplanned deployments of all that finished."""

from reports.metrics import rework_rate
from reports.report import ReworkRate
from tests.reports.filling import Filling, at
from tests.reports.metrics.reading import evidence, read


async def test_unplanned_of_all_that_finished(filling: Filling) -> None:
    repository = await filling.repository()
    for unplanned in (True, False, False, True, False):
        await filling.deployment(repository, at("2026-11-03"), unplanned=unplanned)
    assert await read(filling, rework_rate, repository) == ReworkRate(2, 5, 0.4)


async def test_without_a_deployment_there_is_no_rate(filling: Filling) -> None:
    repository = await filling.repository()
    assert await read(filling, rework_rate, repository) == ReworkRate(0, 0, None)


async def test_the_evidence_tells_rollbacks_from_fixes(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-11-04"), unplanned=True, rollback=True)
    await filling.deployment(repository, at("2026-11-05"), unplanned=True)
    await filling.deployment(repository, at("2026-11-06"))
    told = [one.counted_as for one in await evidence(filling, rework_rate, repository)]
    assert told == ["unplanned: only fixes", "unplanned: rollback", "planned"]

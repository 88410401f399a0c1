"""Failed deployments of all that finished."""

from reports.metrics import change_failure_rate
from reports.report import ChangeFailureRate
from tests.reports.filling import Filling, at
from tests.reports.metrics.reading import evidence, read


async def test_failed_of_all_that_finished(filling: Filling) -> None:
    repository = await filling.repository()
    for outcome in ("succeeded", "succeeded", "failed", "succeeded"):
        await filling.deployment(repository, at("2026-11-03"), outcome)
    assert await read(filling, change_failure_rate, repository) == ChangeFailureRate(1, 4, 0.25)


async def test_the_outcome_decides_and_not_the_status(filling: Filling) -> None:
    """A success that was rolled back failed; a failure that a person called ok did not."""
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-11-03"), "failed", status="success")
    await filling.deployment(repository, at("2026-11-03"), "succeeded", status="failed")
    assert await read(filling, change_failure_rate, repository) == ChangeFailureRate(1, 2, 0.5)


async def test_without_a_deployment_there_is_no_rate(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-10-01"), "failed")
    assert await read(filling, change_failure_rate, repository) == ChangeFailureRate(0, 0, None)


async def test_the_evidence_is_every_deployment_the_failed_ones_first_with_what_decided(filling: Filling) -> None:
    repository = await filling.repository()
    fine = await filling.deployment(repository, at("2026-11-05"))
    key = await filling.deployment(repository, at("2026-11-04"), "failed")
    await filling.evidence(repository, key, "revert")
    told = [(one.subject, one.counted_as) for one in await evidence(filling, change_failure_rate, repository)]
    assert told == [(key, "failed: revert"), (fine, "succeeded")]

"""Finished deployments to production, per calendar day."""

from reports.metrics import deployment_frequency
from reports.report import DeploymentFrequency
from reports.sources import Sources
from reports.windows import previous_window
from tests.reports.filling import NOVEMBER_WEEK, Filling, at, window
from tests.reports.metrics.reading import evidence, read


async def test_succeeded_and_failed_both_count(filling: Filling) -> None:
    repository = await filling.repository()
    for day in range(2, 6):
        await filling.deployment(repository, at(f"2026-11-0{day}T12:00"))
    await filling.deployment(repository, at("2026-11-06"), "failed")
    assert await read(filling, deployment_frequency, repository) == DeploymentFrequency(5, 4, 5 / 7)


async def test_the_window_begins_with_its_first_moment_and_ends_before_its_last(filling: Filling) -> None:
    repository = await filling.repository()
    for moment in ("2026-11-01T23:59:59.999999", "2026-11-02", "2026-11-08T23:59:59.999999", "2026-11-09"):
        await filling.deployment(repository, at(moment))
    assert (await read(filling, deployment_frequency, repository)).deployments == 2


async def test_what_never_deployed_has_no_data_and_a_quiet_week_is_zero(filling: Filling) -> None:
    quiet, never = await filling.repository("acme/quiet"), await filling.repository("acme/never")
    await filling.deployment(quiet, at("2026-06-01"))
    assert await read(filling, deployment_frequency, quiet) == DeploymentFrequency(0, 0, 0.0)
    assert await read(filling, deployment_frequency, never) == DeploymentFrequency(0, 0, None)
    assert (await read(filling, deployment_frequency, quiet, never)).per_day == 0.0
    assert await read(filling, deployment_frequency) == DeploymentFrequency(0, 0, None)


async def test_staging_running_and_canceled_deployments_do_not_count(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-11-03"), environment="staging")
    await filling.deployment(repository, None, None, status="in_progress", time=at("2026-11-03"))
    await filling.deployment(repository, None, None, status="canceled", time=at("2026-11-03"))
    assert await read(filling, deployment_frequency, repository) == DeploymentFrequency(0, 0, None)


async def test_other_repositories_do_not_count(filling: Filling) -> None:
    ours, theirs = await filling.repository("acme/ours"), await filling.repository("acme/theirs")
    await filling.deployment(theirs, at("2026-11-03"))
    assert (await read(filling, deployment_frequency, ours)).deployments == 0
    assert (await read(filling, deployment_frequency, ours, theirs)).deployments == 1


async def test_of_a_shared_repository_only_the_named_services_count(filling: Filling) -> None:
    shared, own = await filling.repository("acme/mono"), await filling.repository("acme/own")
    for service in ("checkout", "checkout", "search", ""):
        await filling.deployment(shared, at("2026-11-03"), service=service)
    await filling.deployment(own, at("2026-11-03"), service="anything")
    one = ((shared, "checkout"),)
    two = ((shared, "checkout"), (shared, "search"))
    assert (await read(filling, deployment_frequency, shared, services=one)).deployments == 2
    assert (await read(filling, deployment_frequency, shared, own, services=one)).deployments == 3
    assert (await read(filling, deployment_frequency, shared, own, services=two)).deployments == 4


async def test_a_week_with_a_clock_change_is_divided_by_seven(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-10-25T22:59"))
    await filling.deployment(repository, at("2026-10-25T23:00"))
    week = window("2026-10-18T22:00", "2026-10-25T23:00", "Europe/Berlin")
    assert await read(filling, deployment_frequency, repository, window=week) == DeploymentFrequency(1, 1, 1 / 7)


async def test_several_windows_are_answered_in_their_order(filling: Filling) -> None:
    repository = await filling.repository()
    for moment in ("2026-11-03", "2026-10-27", "2026-10-28"):
        await filling.deployment(repository, at(moment))
    windows = [NOVEMBER_WEEK, previous_window(NOVEMBER_WEEK)]
    now, before = await deployment_frequency.read(filling.connection, Sources((repository,)), windows)
    assert (now.deployments, before.deployments) == (1, 2)


async def test_the_evidence_is_every_deployment_with_its_link_and_reason(filling: Filling) -> None:
    repository = await filling.repository()
    first = await filling.deployment(repository, at("2026-11-03"))
    second = await filling.deployment(repository, at("2026-11-04"), "failed", service="search", url="https://x.test/2")
    await filling.evidence(repository, second, "rollback")
    await filling.evidence(repository, second, "incident", decides=False)
    newest, oldest = await evidence(filling, deployment_frequency, repository)
    assert (newest.subject, newest.counted_as, newest.url) == (second, "failed: rollback", "https://x.test/2")
    assert newest.title == "search production 1a2b3c4d"
    assert (newest.repository, newest.at) == ("acme/api", at("2026-11-04"))
    assert (oldest.subject, oldest.counted_as) == (first, "succeeded")
    assert len(await evidence(filling, deployment_frequency, repository, limit=1)) == 1

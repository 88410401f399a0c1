"""Counts of pull requests, and the stages of those that were merged."""

import numpy
import pytest

from reports.metrics import pull_requests
from reports.report import Durations, PullRequests, Stages
from tests.reports.filling import Filling, at
from tests.reports.metrics.reading import evidence, read

HOUR = 3600.0
NONE = Durations(None, None, 0)


def hours(value: float, n: int = 1) -> Durations:
    return Durations(value * HOUR, value * HOUR, n)


async def test_without_pull_requests_counts_are_zero_and_durations_no_data(filling: Filling) -> None:
    repository = await filling.repository()
    assert await read(filling, pull_requests, repository) == PullRequests(
        0, 0, 0, 0, None, None, 0, NONE, Stages(NONE, NONE, NONE, NONE)
    )


async def test_the_stages_of_one_add_up_to_its_cycle_time(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-04"), coding=5, pickup=3, review=2, deploy=7)
    found = await read(filling, pull_requests, repository)
    assert found.cycle_time == hours(10)
    assert found.stages == Stages(hours(5), hours(3), hours(2), hours(7))


async def test_without_a_review_pickup_lasts_until_the_merge(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-04"), coding=5, pickup=3, review=None)
    found = await read(filling, pull_requests, repository)
    assert found.cycle_time == hours(8)
    assert found.stages == Stages(hours(5), hours(3), NONE, NONE)


async def test_stages_belong_to_the_window_of_the_merge_also_when_it_ships_later(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-08T23:00"), deploy=48)
    await filling.merged(repository, at("2026-11-09"), deploy=1)
    await filling.merged(repository, at("2026-11-01T23:59"), deploy=24)
    found = await read(filling, pull_requests, repository)
    assert found.merged == 1
    assert found.stages.deploy == hours(48)


async def test_bots_and_those_without_a_commit_of_their_own_count_but_have_no_stages(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-04"), deploy=1, is_bot=True, lines_added=7, lines_deleted=1)
    await filling.merged(repository, at("2026-11-04"), deploy=1, is_change=False)
    found = await read(filling, pull_requests, repository)
    assert (found.merged, found.opened, found.lines_added, found.lines_deleted) == (2, 2, 7, 1)
    assert found.cycle_time == NONE
    assert found.stages == Stages(NONE, NONE, NONE, NONE)


async def test_lines_are_the_sum_of_those_known_and_comments_of_all_merged(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.merged(repository, at("2026-11-04"), review_comments=3)
    assert (await read(filling, pull_requests, repository)).lines_added is None
    await filling.merged(repository, at("2026-11-04"), review_comments=None, lines_added=10, lines_deleted=0)
    await filling.merged(repository, at("2026-11-04"), review_comments=2, lines_added=5, lines_deleted=4)
    await filling.pull_request(repository, at("2026-11-04"), review_comments=50, lines_added=99, lines_deleted=99)
    found = await read(filling, pull_requests, repository)
    assert (found.lines_added, found.lines_deleted, found.review_comments) == (15, 4, 5)


@pytest.mark.parametrize(
    ("created", "merged", "closed", "counts"),
    [
        # opened, merged, closed unmerged, open at the end
        ("2026-11-03", None, None, (1, 0, 0, 1)),
        ("2026-10-03", None, None, (0, 0, 0, 1)),
        ("2026-11-09", None, None, (0, 0, 0, 0)),
        ("2026-11-03", "2026-11-04", "2026-11-04", (1, 1, 0, 0)),
        ("2026-11-03", "2026-11-09", "2026-11-09", (1, 0, 0, 1)),
        ("2026-10-03", None, "2026-11-02", (0, 0, 1, 0)),
        ("2026-10-03", None, "2026-11-09", (0, 0, 0, 1)),
        ("2026-10-03", None, "2026-11-01T23:59", (0, 0, 0, 0)),
        ("2026-11-09", "2026-11-10", "2026-11-10", (0, 0, 0, 0)),
    ],
)
async def test_each_moment_counts_in_its_window(
    filling: Filling, created: str, merged: str | None, closed: str | None, counts: tuple[int, ...]
) -> None:
    repository = await filling.repository()
    await filling.pull_request(
        repository, at(created), merged_at=merged and at(merged), closed_at=closed and at(closed)
    )
    found = await read(filling, pull_requests, repository)
    assert (found.opened, found.merged, found.closed_unmerged, found.open) == counts


async def test_one_that_was_closed_and_opened_again_is_open(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.pull_request(repository, at("2026-11-03"), closed_at=at("2026-11-04"), state="open")
    found = await read(filling, pull_requests, repository)
    assert (found.closed_unmerged, found.open) == (0, 1)


async def test_with_a_service_filter_deploy_ends_when_that_service_ships(filling: Filling) -> None:
    repository = await filling.repository()
    number = await filling.merged(repository, at("2026-11-04"), deploy=2)
    for service, moment in (("checkout", "2026-11-04T02:00"), ("search", "2026-11-04T06:00")):
        first = service == "checkout"
        await filling.shipped(repository, at(moment), 5, key=str(number), service=service, earliest=first)

    async def deploy(*services: str) -> Durations:
        pairs = tuple((repository, service) for service in services)
        durations = (await read(filling, pull_requests, repository, services=pairs)).stages.deploy
        assert isinstance(durations, Durations)
        return durations

    assert await deploy() == hours(2)
    assert await deploy("search") == hours(6)
    assert await deploy("search", "checkout") == hours(2)
    assert await deploy("admin") == NONE


async def test_the_evidence_is_those_merged_with_their_stages(filling: Filling) -> None:
    repository = await filling.repository()
    short = await filling.merged(repository, at("2026-11-04"), coding=1, pickup=1, review=None)
    long = await filling.merged(repository, at("2026-11-05"), coding=5, pickup=3, review=2, deploy=7)
    bot = await filling.merged(repository, at("2026-11-05"), is_bot=True)
    carrier = await filling.merged(repository, at("2026-11-05"), is_change=False)
    found = await evidence(filling, pull_requests, repository)
    assert [(one.subject, one.counted_as, one.seconds) for one in found] == [
        (f"pull_request:{long}", "merged", 10 * HOUR),
        (f"pull_request:{short}", "merged", 2 * HOUR),
        (f"pull_request:{bot}", "merged: by a bot", None),
        (f"pull_request:{carrier}", "merged: no own commit", None),
    ]
    assert found[0].parts == (("coding", 5 * HOUR), ("pickup", 3 * HOUR), ("review", 2 * HOUR), ("deploy", 7 * HOUR))
    assert found[1].parts == (("coding", HOUR), ("pickup", HOUR))
    assert found[0].url == f"https://github.com/acme/api/pull/{long}"


@pytest.mark.parametrize("seed", range(3))
async def test_percentiles_of_the_stages_are_those_of_the_evidence(filling: Filling, seed: int) -> None:
    random = numpy.random.default_rng(seed)
    repository = await filling.repository()
    for _ in range(1 + 6 * seed):
        coding, pickup, review, deploy = (float(value) for value in random.lognormal(2, 2, size=4))
        reviewed = review if random.random() < 0.7 else None
        await filling.merged(
            repository, at("2026-11-04"), coding, pickup, reviewed, deploy if random.random() < 0.7 else None
        )
    found = await read(filling, pull_requests, repository)
    every = await evidence(filling, pull_requests, repository)
    for stage in pull_requests.STAGES:
        seconds = [value for one in every for name, value in one.parts if name == stage]
        durations = getattr(found.stages, stage)
        assert durations.n == len(seconds)
        if seconds:
            assert durations.p50_seconds == pytest.approx(numpy.percentile(seconds, 50))
            assert durations.p90_seconds == pytest.approx(numpy.percentile(seconds, 90))
    for one in every:
        up_to_merge = [value for name, value in one.parts if name != "deploy"]
        assert one.seconds == pytest.approx(sum(up_to_merge))

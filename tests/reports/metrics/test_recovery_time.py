"""How long failures lasted, by when they ended; and those that have not."""

from datetime import timedelta

import pytest

from reports.metrics import recovery_time
from reports.report import RecoveryTime
from tests.reports.filling import NOVEMBER_WEEK, Filling, at
from tests.reports.metrics.reading import evidence, read

HOUR = 3600.0


async def test_a_recovery_belongs_to_the_window_it_ends_in(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.failure(repository, at("2026-10-31T00:00"), at("2026-11-02T00:00"))
    await filling.failure(repository, at("2026-11-08T00:00"), at("2026-11-09T00:00"))
    assert await read(filling, recovery_time, repository) == RecoveryTime(48 * HOUR, 48 * HOUR, 1, open=1)


async def test_median_and_ninetieth_percentile(filling: Filling) -> None:
    repository = await filling.repository()
    for hours in (1, 2, 3, 10):
        await filling.failure(repository, at("2026-11-03"), at("2026-11-03") + timedelta(hours=hours))
    found = await read(filling, recovery_time, repository)
    assert found.n == 4
    assert found.p50_seconds == 2.5 * HOUR
    assert found.p90_seconds == pytest.approx(7.9 * HOUR)


async def test_a_streak_of_failed_statuses_counts_once(filling: Filling) -> None:
    repository = await filling.repository()
    end = at("2026-11-03T03:00")
    await filling.failure(repository, at("2026-11-03T01:00"), end)
    second = at("2026-11-03T02:00")
    await filling.failure(repository, at("2026-11-03T01:00"), end, finished_at=second, counts_recovery=False)
    assert await read(filling, recovery_time, repository) == RecoveryTime(2 * HOUR, 2 * HOUR, 1, open=0)


@pytest.mark.parametrize(
    ("failed_at", "recovered_at", "is_open"),
    [
        ("2026-11-03", None, True),
        ("2026-11-03", "2026-11-09", True),
        ("2026-11-03", "2026-11-08T23:59", False),
        # It showed only after the window.
        ("2026-11-09", None, False),
        # 90 days before the window's end, and a moment more.
        ("2026-08-11", None, True),
        ("2026-08-10T23:59:59", None, False),
        ("2026-08-10T23:59:59", "2026-11-10", False),
    ],
)
async def test_open_is_failed_and_not_recovered_by_the_end(
    filling: Filling, failed_at: str, recovered_at: str | None, is_open: bool
) -> None:
    repository = await filling.repository()
    await filling.failure(repository, at(failed_at), at(recovered_at) if recovered_at else None)
    assert (await read(filling, recovery_time, repository)).open == int(is_open)


async def test_without_failures_there_is_no_data(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.deployment(repository, at("2026-11-03"))
    assert await read(filling, recovery_time, repository) == RecoveryTime(None, None, 0, 0)


async def test_the_evidence_is_the_open_ones_then_the_recoveries(filling: Filling) -> None:
    repository = await filling.repository()
    short = await filling.failure(repository, at("2026-11-03"), at("2026-11-03T01:00"))
    long = await filling.failure(repository, at("2026-11-03"), at("2026-11-04"))
    still = await filling.failure(repository, at("2026-11-05"), None)
    later = await filling.failure(repository, at("2026-11-06"), NOVEMBER_WEEK.end)
    await filling.evidence(repository, still, "incident")
    found = await evidence(filling, recovery_time, repository)
    assert [(one.subject, one.counted_as, one.seconds) for one in found] == [
        (still, "open: incident", None),
        (later, "open", None),
        (long, "recovered", 24 * HOUR),
        (short, "recovered", HOUR),
    ]
    assert [one.subject for one in await evidence(filling, recovery_time, repository, limit=3)] == [still, later, long]
    assert [one.subject for one in await evidence(filling, recovery_time, repository, limit=1)] == [still]

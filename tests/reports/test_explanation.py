"""Every number can be computed again from its items, page by page, to the last digit."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from reports.evidence import Evidence, Position
from reports.explanation import explain_page
from reports.report import Durations
from reports.scope import find_team
from tests.reports.filling import MONDAY, NOVEMBER_WEEK, Filling

HOURS_OF_A_FORTNIGHT = 14 * 24


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """Linear between neighbours, as DORA's quartiles and PostgreSQL's percentile_cont are."""
    if not values:
        return None
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def durations(values: Sequence[float]) -> Durations:
    return Durations(percentile(values, 0.5), percentile(values, 0.9), len(values))


def same(computed: Durations, told: Any) -> bool:
    wanted = (told.p50_seconds, told.p90_seconds)
    return computed.n == told.n and (computed.p50_seconds, computed.p90_seconds) == pytest.approx(wanted, abs=1e-6)


async def fill(filling: Filling, repositories: Sequence[UUID], chance: random.Random) -> None:
    """Two weeks around the one that is asked for."""
    for _ in range(120):
        repository = chance.choice(repositories)
        moment = MONDAY - timedelta(days=4) + timedelta(minutes=chance.randrange(HOURS_OF_A_FORTNIGHT * 60))
        later = moment + timedelta(minutes=chance.randrange(6000))
        match chance.randrange(6):
            case 0:
                rollback = chance.random() < 0.3
                await filling.deployment(
                    repository, moment, unplanned=rollback or chance.random() < 0.3, rollback=rollback
                )
            case 1:
                await filling.failure(repository, moment, later if chance.random() < 0.7 else None)
            case 2:
                kind = chance.choice(["pull_request", "commit"])
                await filling.shipped(
                    repository, moment, chance.random() * 99, kind, left_out=chance.choice([None, "bot"])
                )
            case 3:
                stages = {"coding": chance.random() * 9, "pickup": chance.random(), "deploy": chance.random() * 50}
                await filling.merged(repository, moment, **stages, is_bot=chance.random() < 0.2, lines_added=3)
            case 4:
                await filling.commit(repository, moment, is_merge=chance.random() < 0.3)
            case 5:
                await filling.note(repository, "canceled", moment)


@pytest.mark.parametrize("seed", range(2))
async def test_every_number_is_what_its_items_add_up_to(filling: Filling, seed: int) -> None:
    chance = random.Random(seed)
    repositories = [await filling.repository(f"acme/{number}") for number in range(3)]
    await filling.repository("acme/of-nobody")
    await filling.team("platform", owns=tuple(repositories))
    await fill(filling, repositories, chance)
    team = await find_team(filling.connection, filling.organization_id, "platform")
    assert team is not None

    async def items_of(metric: str) -> tuple[list[Evidence], Any]:
        found: list[Evidence] = []
        after: Position | None = None
        while True:
            page = await explain_page(
                filling.connection, team, metric, NOVEMBER_WEEK, NOVEMBER_WEEK.end, after=after, limit=7
            )
            found += page.items
            after = page.next
            if after is None:
                assert len(found) == page.total
                return found, page.number

    deployments, number = await items_of("deployment_frequency")
    succeeded = [one for one in deployments if one.counted_as.startswith("succeeded")]
    assert (len(deployments), len(succeeded), len(deployments) / 7) == (
        number.deployments,
        number.succeeded,
        number.per_day,
    )
    for metric, word, field in (("change_failure_rate", "failed", "failed"), ("rework_rate", "unplanned", "unplanned")):
        items, number = await items_of(metric)
        bad = len([one for one in items if one.counted_as.startswith(word)])
        assert (bad, len(items), bad / len(items)) == (getattr(number, field), number.deployments, number.ratio)
    changes, number = await items_of("lead_time")
    assert same(durations([one.seconds for one in changes if one.seconds is not None]), number)
    assert len([one for one in changes if one.subject.startswith("commit:")]) == number.n_commits
    recoveries, number = await items_of("recovery_time")
    assert same(durations([one.seconds for one in recoveries if one.seconds is not None]), number)
    assert len([one for one in recoveries if one.counted_as.startswith("open")]) == number.open
    merged, number = await items_of("pull_requests")
    assert len(merged) == number.merged
    assert same(durations([one.seconds for one in merged if one.seconds is not None]), number.cycle_time)
    for stage in ("coding", "pickup", "review", "deploy"):
        parts = [dict(one.parts)[stage] for one in merged if stage in dict(one.parts)]
        assert same(durations(parts), getattr(number.stages, stage)), stage
    commits, number = await items_of("commits")
    assert len(commits) == number.count
    assert len([one for one in commits if one.counted_as == "commit"]) == number.lines_unknown

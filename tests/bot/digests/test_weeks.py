"""Weeks of all kinds, told as text: what a screen reader reads, and what a team lead hears on Monday."""

from bot.slack.limits import DIGEST_TEXT, MESSAGE_TEXT
from bot.slack.messages.details import details_answer
from bot.slack.messages.digest import digest_answer
from reports.digest import weekly_digest
from reports.scope import find_team
from reports.week_in_detail import week_in_detail
from tests.bot.digests.weeks import MONDAY, WEEKS
from tests.reports.filling import Filling

DASH = "\N{EN DASH}"


async def texts(filling: Filling, name: str) -> tuple[str, str]:
    """Of the digest and of its thread."""
    await WEEKS[name](filling)
    scope = await find_team(filling.connection, filling.organization_id, name)
    assert scope is not None
    digest = digest_answer(await weekly_digest(filling.connection, scope, MONDAY))
    assert len(digest.text) < DIGEST_TEXT
    return digest.text, details_answer(await week_in_detail(filling.connection, scope, MONDAY)).text


async def test_a_quiet_week_is_one_line(filling: Filling) -> None:
    digest, _ = await texts(filling, "quiet")
    assert digest == (
        f"Quiet: nothing was deployed to production, 2 Nov {DASH} 8 Nov 2026, UTC. "
        "Waiting for review: 1 pull request, the longest for 6 days."
    )


async def test_a_first_week_says_since_when_it_is_tracked_and_compares_nothing(filling: Filling) -> None:
    digest, _ = await texts(filling, "first")
    assert digest == (
        f"First week, 4 Nov {DASH} 8 Nov 2026, UTC. Tracking began on 2026-11-04: the window starts there, and there "
        "is nothing to compare with. Deployment frequency: 3 deployments = 0.6 per day; 3 succeeded. "
        "Lead time: 11 h, median of 3 changes. Change failure rate: 0 of 3 = 0 %. Recovery time: no data. "
        "Rework rate: 0 of 3 = 0 %. More: /devmetrics team first 2026-W45"
    )


async def test_a_terrible_week_says_what_changed_what_failed_and_who_waits(filling: Filling) -> None:
    digest, details = await texts(filling, "terrible")
    for said in (
        "Change failure rate: 5 of 15 = 33 %; up 33 points from 0 %, worse; 4 weeks before: 0 % of 36.",
        "Recovery time: 4 h, median of 4 recoveries; 1 not recovered yet.",
        "What changed most: lead time, from 12 h in the 4 weeks before to 5.2 days; "
        "mainly review, from 3 h to 1.8 days. Longest: acme/checkout-web #219 Take payments apart, part 4 (5.9 days); ",
        "Failed: 5 deployments; acme/checkout-api: an incident, not recovered yet; "
        "acme/checkout-api: reverted, recovered in 6 h; "
        "acme/checkout-api: the deployment itself failed, recovered in 5 h; and 2 more.",
        "Waiting longest for review: 3 of 4; acme/checkout-api #227 Drop IE 11: 10 days, for dana; ",
    ):
        assert said in digest
    assert "acme/checkout-api: 10 deployments, 5 failed, 5 not planned; " in details
    assert details.count("recovered in") == 4


async def test_forty_repositories_fit_and_those_with_the_most_deployments_come_first(filling: Filling) -> None:
    digest, details = await texts(filling, "forty")
    assert "89 deployments = 13 per day; 84 succeeded; up 11 % from 80, better; 4 weeks before: 80 a week." in digest
    assert "; and 2 more." in digest
    assert "Repositories: acme/service-07: 6 deployments, 6 changes shipped" in details
    assert "and 8 more; 7 repositories without a deployment or shipped change." in details
    assert len(details) < MESSAGE_TEXT

"""The weekly digest: short, complete in words, and always within Slack's limits."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.workspace.validation import is_too_long, problems_of_message
from bot.slack.limits import DIGEST_TEXT, fit
from bot.slack.messages.digest import digest_answer
from reports.biggest_change import BiggestChange, Part
from reports.digest import Digest, Told
from reports.evidence import Evidence
from reports.report import DataQuality
from tests.bot.slack.digests import DIGEST, FAILURES, MOMENT, REPORT, WEEK, digests
from tests.bot.slack.reports import EMPTY, WAITING

PLATFORM = digest_answer(DIGEST)
ROLLBACK = Evidence("acme/api", "deployment:1", "production", None, MOMENT, "unplanned: rollback")
FIX = Evidence("acme/web", "deployment:2", "production", None, MOMENT, "unplanned: only fixes")


def kinds(blocks: list[dict[str, object]]) -> list[object]:
    return [block["type"] for block in blocks]


def test_it_is_short_and_opens_with_whose_week_it_is() -> None:
    assert PLATFORM.text.startswith("Platform, 16 Nov \N{EN DASH} 22 Nov 2026, Europe/Berlin.")
    assert len(PLATFORM.text) < DIGEST_TEXT
    assert problems_of_message(PLATFORM.blocks) == []


def test_five_metrics_with_n_the_week_before_and_four_weeks() -> None:
    for sentence in (
        "Deployment frequency: 23 deployments = 0.77 per day; 19 succeeded; up 28 % from 18, better; "
        "4 weeks before: 4.5 a week.",
        "Lead time: 1.2 days, median of 41 changes; down 22 % from 1.5 days, better; "
        "4 weeks before: 1.5 days (38 changes).",
        "Change failure rate: 4 of 23 = 17 %; down 10 points from 28 %, better; 4 weeks before: 28 % of 18.",
        "Recovery time: 2 h 10 min, median of 6 recoveries; 1 not recovered yet; "
        "the week before 3 h (3 recoveries); 4 weeks before: 3 h (3 recoveries).",
        "Rework rate: 2 of 23 = 9 %; down 2 points from 11 %, better; 4 weeks before: 11 % of 18.",
    ):
        assert sentence in PLATFORM.text


def test_what_changed_most_what_failed_and_who_waits_are_said() -> None:
    for sentence in (
        "What changed most: lead time, from 1.5 days in the 4 weeks before to 1.2 days; "
        "mainly review, from 4 h to 20 h. Longest: acme/api #12 Retry payments (3.2 days).",
        "Failed: 4 deployments; acme/api: rolled back, not recovered yet; "
        "acme/web checkout: the deployment itself failed, recovered in 2 h; and 2 more.",
        "Waiting longest for review: 2 pull requests; acme/api #12 Retry payments: 3.2 days, for Ana and Ben; "
        "acme/web #3 Dark mode: 5 h, for anyone.",
        "More: /devmetrics team platform 2026-W47",
    ):
        assert sentence in PLATFORM.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            BiggestChange("deployment_frequency", grew=True, part=Part("acme/api", 8, 0.25)),
            "deployments, from 4.5 a week in the 4 weeks before to 23 a week; "
            "mainly acme/api, from 0.2 to 8 deployments a week.",
        ),
        (
            BiggestChange("change_failure_rate", grew=False, part=Part("acme/api", 1, 2.5)),
            "the change failure rate, from 28 % in the 4 weeks before to 17 %; "
            "mainly acme/api, from 2.5 to 1 failures a week.",
        ),
        (
            BiggestChange("rework_rate", grew=True, examples=(ROLLBACK, FIX)),
            "the rework rate, from 11 % in the 4 weeks before to 9 %. Not planned: acme/api (a rollback); "
            "acme/web (a fix).",
        ),
        (
            BiggestChange("recovery_time", grew=False),
            "recovery time, from 3 h in the 4 weeks before to 2 h 10 min.",
        ),
    ],
)
def test_the_change_comes_with_its_numbers_and_the_likely_why(change: BiggestChange, said: str) -> None:
    assert f"What changed most: {said}" in digest_answer(replace(DIGEST, change=change)).text


def test_the_chart_is_said_in_words_too_and_only_in_words_where_it_is_refused() -> None:
    trend = "Deployments in 5 weeks, oldest first: 0, 9, 20, 18, 23; of them failed 0, 0, 1, 5, 4."
    assert trend in PLATFORM.text
    assert kinds(PLATFORM.blocks).count("data_visualization") == 1
    plain = digest_answer(DIGEST, charts=False)
    assert "data_visualization" not in kinds(plain.blocks)
    assert trend in str(plain.blocks)
    assert plain.text == PLATFORM.text


def test_a_single_week_has_no_chart() -> None:
    answer = digest_answer(replace(DIGEST, trend=DIGEST.trend[-1:]))
    assert "data_visualization" not in kinds(answer.blocks)


def test_a_quiet_week_is_one_line() -> None:
    quiet = replace(DIGEST, report=replace(REPORT, numbers=EMPTY), failures=(), change=None)
    answer = digest_answer(quiet)
    assert answer.text == (
        "Platform: nothing was deployed to production, 16 Nov \N{EN DASH} 22 Nov 2026, Europe/Berlin. "
        "Waiting for review: 2 pull requests, the longest for 3.2 days."
    )
    assert kinds(answer.blocks) == ["section"]


def test_what_late_data_changed_is_one_sentence() -> None:
    last_week = replace(WEEK, start=WEEK.start, end=WEEK.end)
    restated = (Told(last_week, 11, 2, 30), Told(last_week, 12, 2, 31))
    answer = digest_answer(replace(DIGEST, restated=restated))
    assert (
        "Late data changed the week of 16 Nov: 12 deployments instead of 11, 31 shipped changes instead of 30."
        in answer.text
    )


def test_what_does_not_fit_gives_way_to_the_numbers() -> None:
    """Long names, long titles and many remarks: the numbers, the failures and those who wait stay."""
    title, name = "An unusually long title " * 5, "a-long-name-of-a-person"
    crowded = replace(
        DIGEST,
        waiting=tuple(replace(one, title=title, waiting_for=(name,) * 3) for one in (*WAITING, WAITING[0])),
        failures=tuple(replace(one, repository="group/" * 9 + "repository") for one in FAILURES),
        report=replace(REPORT, data_quality=(DataQuality("x", 1, "A remark that goes on. " * 20),) * 9),
    )
    text = digest_answer(crowded).text
    assert len(text) <= DIGEST_TEXT
    assert text.count("for a-long-name-of-a-pers") == 3
    assert "Rework rate: 2 of 23" in text
    assert "More: /devmetrics team platform" in text


def test_nobody_is_ranked_and_nothing_graded() -> None:
    assert not {"elite", "high", "low", "top", "best"} & set(PLATFORM.text.lower().split())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(digest=digests(), charts=st.booleans())
def test_any_digest_is_accepted_by_slack(digest: Digest, *, charts: bool) -> None:
    answer = fit(digest_answer(digest, charts=charts))
    assert problems_of_message(answer.blocks) == []
    assert not is_too_long(answer.blocks)
    assert 0 < len(answer.text) <= DIGEST_TEXT

"""The answer for a team or repository: every number, in blocks and in words, and always within Slack's limits."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.workspace.validation import is_too_long, problems_of_message
from bot.slack.limits import MESSAGE_TEXT, fit
from bot.slack.messages.controls import Question, shared_answer, without_share_button
from bot.slack.messages.report import report_answer
from reports.report import DataQuality, Report, RepositorySubject, TeamSubject
from tests.bot.slack.reports import EMPTY, REPORT, WAITING, reports

PLATFORM = report_answer(REPORT, "team platform", "30d")


def everything_shown(blocks: list[dict[str, object]]) -> str:
    return str(blocks)


def test_it_opens_with_whose_numbers_and_of_which_days() -> None:
    assert PLATFORM.text.startswith(
        "Platform, 27 Oct \N{EN DASH} 25 Nov 2026, Europe/Berlin (30 days). "
        "Compared with 27 Sep \N{EN DASH} 26 Oct 2026. "
    )


def test_every_metric_comes_with_its_n_its_change_and_doras_range() -> None:
    for sentence in (
        "Deployment frequency: 0.77 per day; 23 deployments, 19 succeeded; up 28 % from 18, better; "
        "DORA's range: once a day to once a week.",
        "Lead time for changes: 1.2 days; median of 41 changes (35 pull requests, 6 single commits); "
        "9 in 10 within 4.3 days; down 22 % from 1.5 days, better; DORA's range: 1 day to 1 week.",
        "Change failure rate: 4 of 23 = 17 %; deployments that failed; down 10 points from 28 %, better.",
        "Failed deployment recovery time: 2 h 10 min; median of 6 recoveries; 9 in 10 within 5 h 30 min; "
        "1 not recovered yet; no trend: fewer than 5 in the window before (3); DORA's range: less than 1 day.",
        "Deployment rework rate: 2 of 23 = 9 %; deployments not planned; down 2 points from 11 %, better.",
    ):
        assert sentence in PLATFORM.text


def test_pull_requests_stages_and_commits_are_said() -> None:
    for sentence in (
        "Pull requests: 28 merged, up 40 % from 20; 31 opened, up 24 % from 25; 2 closed unmerged; 9 open at the end, "
        "up 50 % from 6; in those merged: 4,210 lines added, up 40 % from 3,000; 1,980 deleted, up 98 % from 1,000; "
        "120 review comments, up 50 % from 80.",
        "Cycle time, first commit to merge: 1.4 days; median of 28; 9 in 10 within 4.6 days; up 10 % from 1.2 days.",
        "Stages: medians, which do not add up",
        "coding (first commit to ready): 5 h, median of 28, 9 in 10 within 1 day, up 25 % from 4 h",
        "review (first review to merge): 1 h, median of 25, 9 in 10 within 5 h",
        "Commits on the default branch: 142, up 42 % from 100; 9,120 lines added, up 14 % from 8,000; 3,001 deleted, "
        "up 50 % from 2,000; lines of 12 commits unknown.",
    ):
        assert sentence in PLATFORM.text


def test_what_waits_is_named_with_its_age_and_for_whom() -> None:
    assert (
        "Waiting longest for review: 2 pull requests; acme/api #12 Retry payments: 3.2 days, for Ana and Ben; "
        "acme/web #3 Dark mode: 5 h, for anyone." in PLATFORM.text
    )
    assert "<https://github.com/acme/api/pull/12|acme/api #12> Retry payments" in everything_shown(PLATFORM.blocks)


def test_of_many_that_wait_the_first_five_are_shown_and_the_rest_counted() -> None:
    answer = report_answer(replace(REPORT, waiting=WAITING[:1] * 40), "team platform", "30d")

    assert answer.text.count("Retry payments") == 5
    assert "and 35 more" in answer.text


def test_remarks_that_change_the_meaning_of_all_numbers_come_first() -> None:
    cut = DataQuality("window_cut", 1, "Tracking began on 2026-11-03.")
    answer = report_answer(
        replace(REPORT, previous=None, previous_window=None, data_quality=(*REPORT.data_quality, cut)), "team x", "30d"
    )

    assert "(30 days). Tracking began on 2026-11-03. Deployment" in answer.text
    assert answer.text.endswith(REPORT.data_quality[0].text)
    assert "up 28 %" not in answer.text
    assert "trend" not in answer.text


def test_no_data_is_said_so_and_never_zero() -> None:
    answer = report_answer(replace(REPORT, numbers=EMPTY, previous=EMPTY, waiting=()), "repo a/b", "7d")

    assert answer.text.count("no data") == 7
    assert " 0 %" not in answer.text
    assert "DORA" not in answer.text


def test_the_title_of_a_pull_request_is_shown_as_text() -> None:
    hostile = replace(WAITING[0], title="<!here> *&* ```\n>quote", url="javascript:alert(1)", waiting_for=("<@U1>",))
    answer = report_answer(replace(REPORT, waiting=(hostile,)), "team platform", "30d")

    assert "acme/api #12 &lt;!here&gt; *&amp;* ''' &gt;quote: 3.2 days, for &lt;@U1&gt;" in answer.text
    assert "javascript" not in everything_shown(answer.blocks)


def test_a_name_too_long_for_slack_to_carry_has_no_controls() -> None:
    path = "/".join(["group"] * 60)
    answer = report_answer(replace(REPORT, subject=RepositorySubject("gitlab", path)), f"repo {path}", "30d")

    assert not any(block["type"] == "actions" for block in answer.blocks)


def test_nobody_is_ranked() -> None:
    assert not {"elite", "high performer", "low performer"} & set(PLATFORM.text.lower().split())


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(report=reports(), period=st.sampled_from(["30d", "last week", "2026-W40", "x" * 300]))
def test_any_report_is_accepted_by_slack(report: Report, period: str) -> None:
    subject = report.subject
    command = f"team {subject.slug}" if isinstance(subject, TeamSubject) else f"repo {subject.path}"
    answer = fit(report_answer(report, command, period))

    for version in (answer, fit(shared_answer(answer, "U1", Question(command, period))), without_share_button(answer)):
        assert problems_of_message(version.blocks) == []
        assert not is_too_long(version.blocks)
        assert 0 < len(version.text) <= MESSAGE_TEXT + 600
    assert "nan" not in answer.text.lower().split()

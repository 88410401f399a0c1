"""Made-up reports: one to read, and any that could ever be."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from reports.report import (
    ChangeFailureRate,
    Commits,
    DataQuality,
    DeploymentFrequency,
    Durations,
    LeadTime,
    Numbers,
    PullRequests,
    RecoveryTime,
    Report,
    RepositorySubject,
    ReworkRate,
    Stages,
    TeamSubject,
    WaitingPullRequest,
    Window,
)
from reports.windows import days_window, previous_window

HOUR, DAY = 3600.0, 86_400.0
WINDOW = days_window(date(2026, 10, 27), date(2026, 11, 26), "Europe/Berlin")
NOTHING = Durations(None, None, 0)

NOW = Numbers(
    DeploymentFrequency(23, 19, 23 / 30),
    LeadTime(28 * HOUR, 4.3 * DAY, 41, 35, 6),
    ChangeFailureRate(4, 23, 4 / 23),
    RecoveryTime(2 * HOUR + 600, 5.5 * HOUR, 6, 1),
    ReworkRate(2, 23, 2 / 23),
    PullRequests(
        31,
        28,
        2,
        9,
        4210,
        1980,
        120,
        Durations(33 * HOUR, 4.6 * DAY, 28),
        Stages(
            Durations(5 * HOUR, DAY, 28),
            Durations(2 * HOUR, 11 * HOUR, 28),
            Durations(HOUR, 5 * HOUR, 25),
            Durations(1300, 9000, 26),
        ),
    ),
    Commits(142, 9120, 3001, 12),
)
BEFORE = Numbers(
    DeploymentFrequency(18, 13, 18 / 30),
    LeadTime(36 * HOUR, 5 * DAY, 38, 30, 8),
    ChangeFailureRate(5, 18, 5 / 18),
    RecoveryTime(3 * HOUR, 6 * HOUR, 3, 0),
    ReworkRate(2, 18, 2 / 18),
    PullRequests(
        25,
        20,
        1,
        6,
        3000,
        1000,
        80,
        Durations(30 * HOUR, 5 * DAY, 20),
        Stages(Durations(4 * HOUR, DAY, 20), Durations(2 * HOUR, DAY, 20), NOTHING, Durations(1300, 9000, 3)),
    ),
    Commits(100, 8000, 2000, 0),
)
EMPTY = Numbers(
    DeploymentFrequency(0, 0, None),
    LeadTime(None, None, 0, 0, 0),
    ChangeFailureRate(0, 0, None),
    RecoveryTime(None, None, 0, 0),
    ReworkRate(0, 0, None),
    PullRequests(0, 0, 0, 0, None, None, 0, NOTHING, Stages(NOTHING, NOTHING, NOTHING, NOTHING)),
    Commits(0, None, None, 0),
)
WAITING = (
    WaitingPullRequest(
        "acme/api", 12, "Retry payments", "https://github.com/acme/api/pull/12", 3.2 * DAY, ("Ana", "Ben")
    ),
    WaitingPullRequest("acme/web", 3, "Dark mode", None, 5 * HOUR, ()),
)
QUALITY = (DataQuality("bots", 12, "12 merged pull requests by bots are left out of lead time, stages and waiting."),)
REPORT = Report(TeamSubject("platform", "Platform"), WINDOW, NOW, QUALITY, WAITING, previous_window(WINDOW), BEFORE)

counts = st.integers(0, 10**18)
seconds = st.none() | st.floats(0, 10**12, allow_subnormal=False)
ratios = st.none() | st.floats(0, 1)
words = st.text(max_size=20) | st.sampled_from(["x" * 400, "&" * 400, "<!channel>" * 50, "```", "\u202e\x00", "#\n* a"])
durations = st.builds(Durations, seconds, seconds, counts)
numbers = st.builds(
    Numbers,
    st.builds(DeploymentFrequency, counts, counts, st.none() | st.floats(0, 10**9)),
    st.builds(LeadTime, seconds, seconds, counts, counts, counts),
    st.builds(ChangeFailureRate, counts, counts, ratios),
    st.builds(RecoveryTime, seconds, seconds, counts, counts),
    st.builds(ReworkRate, counts, counts, ratios),
    st.builds(
        PullRequests,
        counts,
        counts,
        counts,
        counts,
        st.none() | counts,
        st.none() | counts,
        counts,
        durations,
        st.builds(Stages, durations, durations, durations, durations),
    ),
    st.builds(Commits, counts, st.none() | counts, st.none() | counts, counts),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu"])
moments = st.integers(2 * 365, 127 * 365).map(lambda days: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(moments)
    days = draw(st.floats(0.01, 731))
    asked = draw(st.none() | moments)
    return Window(start, start + timedelta(days=days), draw(zones), days, asked)


waiting = st.builds(
    WaitingPullRequest,
    words,
    counts,
    words,
    st.none() | words | st.just("https://example.com/" + "x" * 3000) | st.just("https://e.com/a|b>c<d&e f"),
    st.floats(0, 10**10),
    st.lists(words, max_size=5).map(tuple),
)
quality = st.builds(DataQuality, st.sampled_from(["bots", "window_cut", "whole_organization"]), counts, words)
subjects = st.builds(TeamSubject, words, words) | st.builds(RepositorySubject, st.just("gitlab"), words)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    before = draw(st.none() | numbers)
    return Report(
        draw(subjects),
        draw(windows()),
        draw(numbers),
        tuple(draw(st.lists(quality, max_size=3))) * draw(st.sampled_from([1, 15])),
        tuple(draw(st.lists(waiting, max_size=3))) * draw(st.sampled_from([1, 15])),
        draw(windows()) if before else None,
        before,
    )

"""Made-up digests: one to read, and any that could ever be."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from reports.biggest_change import BiggestChange, Part
from reports.digest import Digest, Told, TrendWeek
from reports.evidence import Evidence
from reports.failures import Failure
from reports.report import Report, TeamSubject
from reports.windows import days_window, previous_window
from tests.bot.slack.reports import BEFORE, DAY, HOUR, NOW, QUALITY, WAITING, counts, numbers, reports, waiting, words

WEEK = days_window(date(2026, 11, 16), date(2026, 11, 23), "Europe/Berlin")
MOMENT = datetime(2026, 11, 18, 12, tzinfo=UTC)
REPORT = Report(TeamSubject("platform", "Platform"), WEEK, NOW, QUALITY, (), previous_window(WEEK), BEFORE)
TREND = tuple(
    TrendWeek(date(2026, 11, 16) - timedelta(weeks=weeks), deployments, failed)
    for weeks, (deployments, failed) in enumerate([(23, 4), (18, 5), (20, 1), (9, 0), (0, 0)])
)[::-1]
FAILURES = (
    Failure("acme/api", "", "https://github.com/acme/api/deployments", MOMENT, "rollback", None),
    Failure("acme/web", "checkout", None, MOMENT, "status", 2 * HOUR),
)
SLOWEST = Evidence("acme/api", "pull_request:12", "Retry payments", "https://x.test/12", MOMENT, "shipped", 3.2 * DAY)
DIGEST = Digest(
    REPORT,
    BEFORE,
    4,
    TREND,
    BiggestChange("lead_time", grew=True, part=Part("review", 20 * HOUR, 4 * HOUR), examples=(SLOWEST,)),
    FAILURES,
    WAITING,
    2,
)

paths = words | st.just("group/" * 60 + "name")
days = st.integers(0, 36_500).map(lambda day: date(1990, 1, 1) + timedelta(days=day))
seconds = st.floats(0, 10**10)
evidence = st.builds(
    Evidence, paths, st.sampled_from(["pull_request:7", "commit:1a2b3c4d5e", "deployment:1"]), words, st.none() | words,
    st.just(MOMENT), words, st.none() | seconds,
)  # fmt: skip
changes = st.builds(
    BiggestChange,
    st.sampled_from(["deployment_frequency", "lead_time", "change_failure_rate", "recovery_time", "rework_rate"]),
    st.booleans(),
    st.none() | st.builds(Part, paths, seconds, seconds),
    st.lists(evidence, max_size=2).map(tuple),
)
failures = st.builds(Failure, paths, words, st.none() | words, st.just(MOMENT), words, st.none() | seconds)
told = st.builds(Told, st.just(WEEK), counts, counts, counts)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    report = draw(reports().filter(lambda report: isinstance(report.subject, TeamSubject)))
    trend = draw(st.lists(st.tuples(counts, counts), max_size=12))
    return Digest(
        report,
        draw(st.none() | numbers),
        draw(st.integers(2, 4)),
        tuple(TrendWeek(MOMENT.date() + timedelta(weeks=week), *pair) for week, pair in enumerate(trend)),
        draw(st.none() | changes),
        tuple(draw(st.lists(failures, max_size=3))),
        tuple(draw(st.lists(waiting, max_size=3))),
        draw(counts),
        draw(st.none() | st.tuples(told, told)),
    )

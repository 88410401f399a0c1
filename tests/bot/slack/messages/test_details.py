"""The thread below a digest: complete in words, and always within Slack's limits."""

from dataclasses import replace

import pytest

from bot.demo.workspace.validation import is_too_long, problems_of_message
from bot.slack.limits import MESSAGE_TEXT, fit
from bot.slack.messages.details import details_answer
from reports.evidence import Evidence
from reports.week_in_detail import LargePullRequest, RepositoryWeek, WeekInDetail
from tests.bot.slack.digests import MOMENT, SLOWEST, WEEK
from tests.bot.slack.reports import HOUR

OPEN = Evidence("acme/web", "deployment:3", "production", None, MOMENT, "open: status")
RECOVERED = Evidence("acme/api", "deployment:2", "production", "https://x.test/2", MOMENT, "recovered: rollback", HOUR)
DETAIL = WeekInDetail(
    "Platform",
    WEEK,
    (RepositoryWeek("acme/web", 3, 1, 1, 0, None), RepositoryWeek("acme/api", 1, 0, 0, 3, 4 * HOUR)),
    3,
    (OPEN, RECOVERED),
    (SLOWEST,),
    (LargePullRequest("acme/api", 7, "Vendor <b> & co", "https://x.test/7", 1200, 30),),
)


def test_it_says_everything_in_words() -> None:
    assert details_answer(DETAIL).text == (
        "Platform in detail, 16 Nov \N{EN DASH} 22 Nov 2026, Europe/Berlin. "
        "Repositories: acme/web: 3 deployments, 1 failed, 1 not planned; "
        "acme/api: 1 deployment, 3 changes shipped, median lead time 4 h; "
        "1 repository without a deployment or shipped change. "
        "Recoveries: acme/web: the deployment itself failed, not recovered yet; "
        "acme/api: rolled back, recovered in 1 h. "
        "Longest way to production: acme/api #12 Retry payments: 3.2 days from its first commit. "
        "Largest pull requests merged: acme/api #7 Vendor &lt;b&gt; &amp; co: 1,200 lines added, 30 deleted."
    )


def test_what_has_an_address_is_linked() -> None:
    blocks = details_answer(DETAIL).blocks
    assert problems_of_message(blocks) == []
    assert "• <https://x.test/2|acme/api>: rolled back, recovered in 1 h" in str(blocks)


@pytest.mark.parametrize("path", ["x" * 250, "&" * 250])
def test_many_repositories_with_long_names_fit(path: str) -> None:
    many = replace(
        DETAIL,
        repositories=tuple(replace(DETAIL.repositories[1], path=f"{path}{number}") for number in range(200)),
        owned=250,
        recoveries=(replace(RECOVERED, repository=path),) * 60,
        slowest=(replace(SLOWEST, repository=path, title="<" * 300),) * 5,
        largest=(replace(DETAIL.largest[0], repository=path, title="<" * 300),) * 5,
    )
    answer = fit(details_answer(many))
    assert problems_of_message(answer.blocks) == []
    assert not is_too_long(answer.blocks)
    assert len(answer.text) <= MESSAGE_TEXT
    assert "and 175 more" in str(answer.blocks) or path[0] == "&"

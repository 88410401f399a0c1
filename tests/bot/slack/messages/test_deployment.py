"""One deployment in words, within Slack's limits whatever its names are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.workspace.validation import problems_of_message
from bot.slack.limits import fit
from bot.slack.messages.controls import Question
from bot.slack.messages.deployment import deployment_answer, question_behind, with_way_back
from reports.deployment_story import DeploymentStory, Link, Mark

AT = datetime(2026, 11, 3, 9, tzinfo=UTC)
STORY = DeploymentStory(
    provider="github",
    path="acme/api",
    key="deployment:12",
    environment="production",
    environment_name="prod-eu",
    service="search",
    sha="1a2b3c4d5e6f",
    url="https://github.com/acme/api/actions/runs/5",
    status="success",
    finished_at=AT,
    outcome="failed",
    failed_at=AT,
    recovered_at=AT + timedelta(hours=2),
    unplanned=False,
    rollback=False,
    chain=(
        Link("mark", "cli:ana", AT, None, decides=True),
        Link("status", "deployment:12", AT, None, decides=False),
        Link("rollback", "deployment:13", AT, "https://github.com/acme/api/13", decides=False),
        Link("revert", "pull_request:7", AT, None, decides=False),
        Link("hotfix", "commit:1a2b3c4d5e6f7081", AT, None, decides=False),
        Link("incident", "issue:9", AT, "https://github.com/acme/api/issues/9", decides=False),
    ),
    marks=(Mark("failed", "cli:ana", AT),),
    timezone="Europe/Berlin",
)
QUESTION = Question("team platform lead_time", "30d")


def test_the_whole_chain_is_told_in_words_the_deciding_link_first() -> None:
    answer = deployment_answer(STORY)

    assert answer.text == (
        "acme/api deployment:12: search, prod-eu, commit 1a2b3c4d, finished 3 Nov 10:00, Europe/Berlin. It counts as "
        "*failed*: recovered 3 Nov 12:00, after 2 h. Why, the strongest first: ana marked it as failed, 3 Nov 10:00 "
        "(decides); its own status says that it failed, 3 Nov 10:00; rolled back by deployment:13, 3 Nov 10:00; "
        "reverted by #7, 3 Nov 10:00; repaired by the hotfix 1a2b3c4d, 3 Nov 10:00; incident #9, 3 Nov 10:00. What "
        "people said: 3 Nov 10:00: ana marked it as failed."
    )
    assert "<https://github.com/acme/api/issues/9|incident #9>" in str(answer.blocks)
    assert problems_of_message(answer.blocks) == []


def test_a_mark_that_says_ok_is_told_as_such() -> None:
    fine = replace(STORY, outcome="succeeded", failed_at=None, recovered_at=None, marks=(Mark("ok", "slack:U1", AT),))
    fine = replace(fine, chain=(Link("mark", "slack:U1", AT, None, decides=True),), unplanned=True, rollback=True)
    text = deployment_answer(fine).text
    assert "It counts as *succeeded*. It was unplanned: a rollback." in text
    assert "<@U1> marked it as fine" in text


def test_the_way_back_leads_to_the_question() -> None:
    answer = with_way_back(deployment_answer(STORY), QUESTION)
    last = answer.blocks[-1]
    assert question_behind({"block_id": last["block_id"]}) == QUESTION
    assert question_behind({"block_id": deployment_answer(STORY).blocks[-1]["block_id"]}) is None


@pytest.mark.parametrize("text", ["x" * 400, "&" * 400, "<!channel>" * 30, '"' * 300, "\N{PILE OF POO}" * 200, ""])
def test_hostile_names_never_break_a_message(text: str) -> None:
    links = tuple(Link("incident", f"{text}{number}", AT, f"https://x.example/{text}", True) for number in range(40))
    marks = tuple(Mark("failed", f"slack:{text}", AT) for _ in range(40))
    story = replace(STORY, path=text, key=text, service=text, environment_name=text, sha=text, chain=links, marks=marks)
    for answer in (deployment_answer(story, "failed"), with_way_back(deployment_answer(story), QUESTION)):
        fitting = fit(answer)
        assert problems_of_message(fitting.blocks) == []
        assert "<!channel>" not in fitting.text + str(fitting.blocks)

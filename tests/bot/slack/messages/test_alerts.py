"""What is said of limits: in words, and within Slack's limits whatever the names."""

import pytest

from bot.demo.workspace.validation import problems_of_message
from bot.slack.messages.alerts import crossed_answer, set_answer
from reports.alerts import Measured

DAY = 86_400.0


@pytest.mark.parametrize(
    ("metric", "measured", "preview", "said"),
    [
        (
            "lead_time",
            Measured(7.2 * DAY, 30),
            (0, 90),
            "In the last 90 days it would have been announced 0 times. Now it is 7.2 days, above it.",
        ),
        (
            "lead_time",
            Measured(DAY, 30),
            (1, 12),
            "In the last 12 days it would have been announced 1 time. Now it is 1 day, not above it.",
        ),
        ("lead_time", Measured(None, 4), (2, 90), "announced 2 times. Now there is too little to tell."),
        ("review_waiting", Measured(None, 0), (2, 90), "announced 2 times. Now nothing waits."),
    ],
)
def test_setting_a_limit_tells_how_it_would_have_been_and_how_it_is(
    metric: str, measured: Measured, preview: tuple[int, int], said: str
) -> None:
    assert said in set_answer("C1", "Platform", (metric, 3 * DAY), measured, preview).text


@pytest.mark.parametrize("name", ["Platform", "<!channel>" * 40, "&" * 255])
def test_a_crossing_is_told_whatever_the_names_are(name: str) -> None:
    numbers = {"metric": "review_waiting", "above": DAY, "value": 2 * DAY, "n": 3, "subject": [name, 7, None]}
    answer = crossed_answer("platform", name, numbers)
    assert problems_of_message(answer.blocks) == []
    assert "<!" not in answer.text + str(answer.blocks)
    assert "has waited for a review for 2 days, above the limit of 1 day" in answer.text

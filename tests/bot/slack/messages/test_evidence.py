"""What is behind a number: definition, number and items, within Slack's limits whatever the items say."""

from dataclasses import replace

import pytest

from bot.demo.workspace.validation import problems_of_message
from bot.slack.limits import MESSAGE_SIZE, SHORTENED, fit, size_of
from bot.slack.messages.evidence import NAMES, ORDERS, PASSAGES, evidence_answer
from reports.numbers import METRICS
from reports.report import Report
from tests.bot.slack.explanations import explanation, item
from tests.bot.slack.reports import EMPTY, REPORT


@pytest.mark.parametrize("metric", METRICS)
def test_every_number_comes_with_its_definition_and_the_number(metric: str) -> None:
    answer = evidence_answer(explanation(metric, 3), f"team platform {metric}", "30d")
    assert answer.text.startswith(f"Platform: {NAMES[metric]}, 27 Oct \N{EN DASH} 25 Nov 2026, Europe/Berlin")
    assert METRICS[metric].DEFINITION in answer.text
    assert METRICS[metric].SOURCE in str(answer.blocks)
    for passage in PASSAGES[metric](REPORT.numbers):
        assert passage.spoken() in answer.text
    assert problems_of_message(answer.blocks) == []


def test_each_item_is_linked_and_says_when_and_how_it_was_counted() -> None:
    answer = evidence_answer(explanation("lead_time", 2), "team platform lead_time", "30d")
    assert (
        "• <https://github.com/acme/api/pull/1|acme/api #1> Speed up &lt;search&gt; &amp; sort, 27 Oct 01:00, "
        "shipped: deployment:1: 1 h" in str(answer.blocks)
    )
    assert "What was counted, longest first: acme/api #1 Speed up" in answer.text
    assert "more" not in answer.text.rpartition("What was counted")[2]


def test_what_does_not_fit_is_counted() -> None:
    answer = evidence_answer(explanation("lead_time", 1062), "team platform lead_time", "30d")
    shown = str(answer.blocks).count("• <")
    assert 10 <= shown <= 20
    assert f"And {1062 - shown:,} more." in answer.text


@pytest.mark.parametrize("character", ["x", "&", "<", "|", "\N{PILE OF POO}"])
def test_hostile_items_never_break_a_message(character: str) -> None:
    items = tuple(
        replace(item(number, character * 3000, f"https://x.example/{'&' * 1900}"), counted_as=character * 300)
        for number in range(20)
    )
    whole = evidence_answer(explanation("pull_requests", 500, items=items), "team platform pull_requests", "30d")
    answer = fit(whole)
    assert problems_of_message(answer.blocks) == []
    assert size_of(whole.blocks) <= MESSAGE_SIZE
    assert SHORTENED not in str(answer.blocks)


def test_without_items_there_is_no_list() -> None:
    nothing = Report(REPORT.subject, REPORT.window, EMPTY, (), (), None, None)
    answer = evidence_answer(explanation("lead_time", 0, nothing), "team platform lead_time", "30d")
    assert "no data, no change was shipped" in answer.text
    assert "What was counted" not in answer.text


def test_only_metrics_have_names_and_orders() -> None:
    assert list(NAMES) == list(PASSAGES) == list(METRICS)
    assert set(ORDERS) <= set(METRICS)

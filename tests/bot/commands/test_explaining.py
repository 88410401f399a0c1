"""`/devmetrics team platform lead_time`"""

import pytest
import sqlalchemy as sa

from bot.commands import CommandContext, answer
from bot.commands.explaining import ALSO_CALLED, read_metric
from reports.numbers import METRICS
from storage.models.repositories import Repository
from tests.reports.filling import TRACKED, Filling, at


@pytest.mark.parametrize("metric", METRICS)
def test_each_metrics_word_is_understood_with_underscore_dash_or_blank_in_any_case(metric: str) -> None:
    for said in (metric, metric.replace("_", "-"), metric.replace("_", " "), metric.upper()):
        assert read_metric([*said.split(), "last", "week"]) == (metric, ["last", "week"])


def test_a_metric_is_understood_by_what_it_is_called_elsewhere() -> None:
    assert read_metric(["CFR", "30d"]) == ("change_failure_rate", ["30d"])
    assert read_metric(["time", "to", "restore"]) == ("recovery_time", [])
    assert set(ALSO_CALLED.values()) < set(METRICS)
    assert not set(ALSO_CALLED) & set(METRICS)


def test_a_period_is_no_metric() -> None:
    assert read_metric(["last", "week"]) == (None, ["last", "week"])
    assert read_metric([]) == (None, [])


@pytest.fixture
async def shipped(context: CommandContext) -> CommandContext:
    """acme/api deployed twice this month, and shipped a change each time."""
    async with context.engine.begin() as connection:
        found = await connection.scalar(sa.select(Repository.id).where(Repository.path == "acme/api"))
        assert found is not None
        await connection.execute(
            sa.update(Repository).where(Repository.id == found).values(first_event_at=TRACKED, seen_at=TRACKED)
        )
        filling = Filling(connection, context.organization_id)
        for moment, hours in (("2026-11-03", 4), ("2026-11-04", 6)):
            await filling.deployment(found, at(moment))
            await filling.shipped(found, at(moment), hours)
    return context


async def test_a_team_and_a_repository_explain_a_number(shipped: CommandContext) -> None:
    for typed in ("team platform lead_time", "repo acme/api lead time 30d", "platform lead-time"):
        answered = await answer(typed, shipped)
        assert answered.understood
        assert METRICS["lead_time"].DEFINITION in answered.text
        assert "Lead time for changes: 5 h; median of 2 changes" in answered.text
        assert "What was counted, longest first: acme/api" in answered.text


async def test_the_controls_ask_about_the_same_number_again(shipped: CommandContext) -> None:
    answered = await answer("team platform Deployment Frequency 30d", shipped)

    [menu, deployments, share] = answered.blocks[-1]["elements"]
    assert [option["value"].rpartition(":")[0] for option in deployments["options"]] == ["acme/api deployment"] * 2
    assert menu["initial_option"]["value"] == "30d"
    assert share["value"] == '["team platform deployment_frequency", "30d"]'
    assert "What was counted, newest first: acme/api" in answered.text


async def test_a_misspelled_metric_gets_the_likeliest(context: CommandContext) -> None:
    for scope in ("team platform", "repo acme/api"):
        answered = await answer(f"{scope} leed_time", context)
        assert not answered.understood
        assert f"Did you mean `/devmetrics {scope} lead_time`" in answered.text


async def test_before_the_first_webhook_there_is_nothing_to_list(context: CommandContext) -> None:
    answered = await answer("team platform commits", context)
    assert "No webhook has told anything yet" in answered.text
    assert "What was counted" not in answered.text

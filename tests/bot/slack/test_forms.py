"""The form that orders a digest: opened in three seconds, checked while the person waits."""

import json
from typing import Any

import pytest

from bot.demo.workspace.failures import Failure
from bot.demo.workspace.state import Json
from storage.subscriptions import list_in_channel
from tests.bot.slack.place import Place

FILLED = {
    "team": {"team": {"type": "static_select", "selected_option": {"value": "platform"}}},
    "weekday": {"weekday": {"type": "static_select", "selected_option": {"value": "5"}}},
    "time": {"time": {"type": "timepicker", "selected_time": "16:00"}},
    "timezone": {"timezone": {"type": "plain_text_input", "value": None}},
}


@pytest.fixture
async def platform(slack: Place) -> Place:
    await slack.add_repository("acme/api", await slack.add_team("platform", "Platform"))
    await slack.add_team("empty", "Owns nothing")
    return slack


def filled(slack: Place, **other: Json) -> Json:
    channel = {"channel": {"type": "conversations_select", "selected_conversation": slack.general.id}}
    return {**FILLED, "channel": channel, **{name: {name: value} for name, value in other.items()}}


async def opened(slack: Place) -> Json:
    await slack.people.command(slack.ana, slack.general, "subscribe")
    await slack.quiet()
    (form,) = slack.workspace.state.modals.values()
    return form


async def submit(slack: Place, form: Json, values: Json) -> dict[str, str]:
    acknowledgement, errors = await slack.people.submit_view(slack.ana, form["id"], values)
    assert acknowledgement.status == 200
    await slack.quiet()
    return errors


def shown(slack: Place) -> str:
    (view,) = slack.workspace.state.modals.values()
    return str(view)


async def test_it_offers_the_teams_that_own_something_and_the_channel_it_is_opened_in(platform: Place) -> None:
    form = await opened(platform)
    elements = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert [option["value"] for option in elements["team"]["options"]] == ["platform"]
    assert elements["channel"]["initial_conversation"] == platform.general.id
    assert platform.workspace.state.messages == {}


async def test_submitted_it_orders_the_digest_and_says_the_next_run(platform: Place) -> None:
    assert await submit(platform, await opened(platform), filled(platform)) == {}
    assert "Fridays at 16:00, UTC. The next one comes on Friday " in shown(platform)
    assert "submit" not in next(iter(platform.workspace.state.modals.values()))
    async with platform.engine.connect() as connection:
        (made,) = await list_in_channel(connection, platform.organization_id, platform.general.id)
    assert (made.team_slug, made.weekday, made.local_time, made.owner) == ("platform", 5, "16:00", platform.ana.id)


@pytest.mark.parametrize(
    ("block", "value", "said"),
    [
        ("timezone", {"value": "Europe/Berlni"}, "There is no such time zone. Did you mean Europe/Berlin"),
        ("timezone", {"value": "<!channel>"}, "There is no such time zone."),
        ("channel", {"selected_conversation": None}, "Choose the channel"),
        ("team", {"selected_option": None, "value": "platfrom"}, "There is no such team. Did you mean platform?"),
        ("team", {"selected_option": {"value": "empty"}}, "It owns no repository yet"),
        ("team", {"selected_option": None}, "There is no such team."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    platform: Place, block: str, value: dict[str, Any], said: str
) -> None:
    errors = await submit(platform, await opened(platform), filled(platform, **{block: value}))
    assert [*errors] == [block]
    assert errors[block].startswith(said)
    assert len(platform.workspace.state.modals) == 1


async def test_where_no_form_can_be_opened_any_more_it_is_said_in_words(platform: Place) -> None:
    """Slack takes a trigger for three seconds."""
    platform.workspace.failures.plan(Failure("views.open", error="expired_trigger_id"))
    assert "For example `/devmetrics subscribe platform mon 09:30" in (await platform.type("subscribe")).text


async def test_where_nothing_can_be_told_there_is_no_form(slack: Place) -> None:
    assert "There is no team yet." in (await slack.type("subscribe")).text
    await slack.add_team("empty", "Owns nothing")
    assert "No team owns a repository yet" in (await slack.type("subscribe")).text


async def test_more_teams_than_a_menu_holds_are_typed(platform: Place) -> None:
    for number in range(100):
        await platform.add_repository(f"acme/{number}", await platform.add_team(f"team-{number}", f"Team {number}"))
    form = await opened(platform)
    (team,) = [block["element"] for block in form["blocks"] if block.get("block_id") == "team"]
    assert team["type"] == "plain_text_input"
    typed = filled(platform, team={"type": "plain_text_input", "value": "Team 42"})
    assert await submit(platform, form, typed) == {}
    assert "*Team 42*" in shown(platform)


async def test_without_the_database_the_form_says_so(platform: Place) -> None:
    form = await opened(platform)
    async with platform.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE teams CASCADE")
    assert await submit(platform, form, filled(platform)) == {}
    assert "Something went wrong in devmetrics" in shown(platform)
    assert "reference" in shown(platform)


async def test_a_form_of_another_version_is_taken_without_complaint(platform: Place) -> None:
    view = platform.workspace.state.show_modal(platform.ana.id, {"type": "modal", "callback_id": "old", "blocks": []})
    acknowledgement, _ = await platform.people.submit_view(platform.ana, view["id"], {})
    assert (acknowledgement.status, json.loads(acknowledgement.body or "{}")) == (200, {})

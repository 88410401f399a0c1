"""App Home: what a person ordered, and what can be done with it there."""

import pytest
from structlog.testing import capture_logs

from bot.demo.workspace.failures import Failure
from bot.demo.workspace.payloads import action_of
from bot.demo.workspace.state import Json
from bot.demo.workspace.validation import problems_of_view
from bot.slack.messages.home import END, HOUR, ORDER, PAUSE, RESUME
from tests.bot.slack.place import Place


@pytest.fixture
async def platform(slack: Place) -> Place:
    await slack.add_repository("acme/api", await slack.add_team("platform", "Platform & <!here>"))
    return slack


async def opened(slack: Place) -> Json:
    assert (await slack.people.open_home(slack.ana)).status == 200
    await slack.quiet()
    home = slack.workspace.state.homes[slack.ana.id]
    assert problems_of_view(home["blocks"]) == []
    return home


async def choose(slack: Place, value: str) -> None:
    home = await opened(slack)
    (menu,) = [block["accessory"] for block in home["blocks"] if "accessory" in block]
    action = action_of(home["blocks"], menu["action_id"], value)
    assert (await slack.people.act_in_view(slack.ana, home["id"], action)).status == 200
    await slack.quiet()


async def test_it_says_how_to_ask_with_a_team_that_exists(platform: Place) -> None:
    shown = str(await opened(platform))
    assert "/devmetrics team platform" in shown
    assert "You have ordered none yet" in shown


async def test_without_teams_it_says_how_to_add_one_and_offers_no_digest(slack: Place) -> None:
    home = await opened(slack)
    assert "devmetrics team add" in str(home)
    with pytest.raises(LookupError):
        action_of(home["blocks"], ORDER)


async def test_it_shows_what_the_person_ordered_with_its_next_run_and_nothing_of_others(platform: Place) -> None:
    await platform.type("subscribe platform mon 09:30 Europe/Berlin")
    shown = str(await opened(platform))
    assert f"*Platform &amp; &lt;!here&gt;* in <#{platform.general.id}>" in shown
    assert "Mondays at 09:30, Europe/Berlin; next on Monday " in shown
    ben = platform.workspace.state.add_user("ben")
    await platform.people.open_home(ben)
    await platform.quiet()
    assert "You have ordered none yet" in str(platform.workspace.state.homes[ben.id])


async def test_a_digest_is_paused_resumed_and_ended_there(platform: Place) -> None:
    await platform.type("subscribe platform")
    for value, then in ((PAUSE, "UTC; paused"), (RESUME, "next on Monday"), (END, "You have ordered none yet")):
        await choose(platform, value)
        assert then in str(platform.workspace.state.homes[platform.ana.id]), value


async def test_its_hour_is_changed_with_the_form_that_ordered_it(platform: Place) -> None:
    await platform.type("subscribe platform fri 16:00 Asia/Tokyo")
    await choose(platform, HOUR)
    (form,) = platform.workspace.state.modals.values()
    shown = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert shown["team"]["initial_option"]["value"] == "platform"
    assert shown["weekday"]["initial_option"]["text"]["text"] == "Friday"
    assert (shown["time"]["initial_time"], shown["timezone"]["initial_value"]) == ("16:00", "Asia/Tokyo")
    assert shown["channel"]["initial_conversation"] == platform.general.id


async def test_what_fails_there_is_told_in_private(platform: Place) -> None:
    home = await opened(platform)
    platform.workspace.failures.plan(Failure("views.open", error="expired_trigger_id"))
    with capture_logs() as log:
        await platform.people.act_in_view(platform.ana, home["id"], action_of(home["blocks"], ORDER))
        await platform.quiet()
    direct = platform.workspace.state.direct_channel(platform.ana.id)
    (message,) = platform.workspace.state.in_channel(direct.id)
    assert message.text.startswith("Slack did not take the answer.")
    assert str(log[0]["reference"]) in message.text


async def test_another_tab_publishes_nothing(slack: Place) -> None:
    await slack.people.event({"type": "app_home_opened", "user": slack.ana.id, "tab": "messages"})
    await slack.quiet()
    assert slack.workspace.state.homes == {}

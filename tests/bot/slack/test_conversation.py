"""From a signed slash command to the answer a person reads, over HTTP on both sides."""

import pytest

from bot.slack.conversation import ELSEWHERE
from bot.slack.messages.behind import EVIDENCE_BUTTON, EVIDENCE_MENU, behind
from bot.slack.messages.controls import PERIOD_MENU, SHARE_BUTTON
from tests.bot.slack.place import Place

METRICS = (
    "Deployment frequency",
    "Lead time for changes",
    "Change failure rate",
    "Failed deployment recovery time",
    "Deployment rework rate",
)


@pytest.fixture
async def platform(slack: Place) -> Place:
    team = await slack.add_team("platform", "Platform")
    await slack.add_repository("acme/api", team)
    return slack


async def test_a_team_is_answered_privately_with_blocks_and_a_complete_text(platform: Place) -> None:
    message = await platform.type("team platform 30d")

    assert message.only_for == platform.ana.id
    assert message.text.startswith("Platform, ")
    for metric in METRICS:
        assert f"{metric}: no data" in message.text
    assert message.blocks[-1]["type"] == "actions"


@pytest.mark.parametrize(
    "typed",
    [
        "team platform",
        "TEAM Platform",
        '  team   "platform"  ',
        "team \u201cPlatform\u201d 30d",
        "team #platform",
        "team <#C01|platform>",
        "team <@U01|ana> platform",
        "platform",
        "Platform 7d",
        "team platform last week",
    ],
)
async def test_a_team_is_understood_however_it_is_typed(platform: Place, typed: str) -> None:
    assert (await platform.type(typed)).text.startswith("Platform, ")


async def test_a_repository_is_answered_by_its_path_its_name_or_its_address(platform: Place) -> None:
    for typed in ("repo acme/api", "repo ACME/API 7d", "repo api", "acme/api", "repo https://github.com/acme/api"):
        assert (await platform.type(typed)).text.startswith("acme/api, "), typed


async def test_nothing_and_nonsense_get_help(platform: Place) -> None:
    assert "/devmetrics team &lt;name&gt; " in (await platform.type("")).text
    answer = await platform.type("hlep")
    assert answer.text.startswith("I do not understand “hlep”. Did you mean `/devmetrics help`?")
    assert "/devmetrics teams" in answer.text


async def test_a_misspelt_name_gets_a_suggestion(platform: Place) -> None:
    assert "Did you mean `/devmetrics team platform`?" in (await platform.type("team platfrom")).text
    assert "Did you mean `/devmetrics team platform`?" in (await platform.type("platfom")).text
    assert "Did you mean `/devmetrics repo acme/api`?" in (await platform.type("repo acme/ap")).text


async def test_a_period_that_is_none_gets_examples(platform: Place) -> None:
    answer = await platform.type("team platform since <lunch>")

    assert "since lunch" in answer.text
    assert "30d" in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        "x" * 3000,
        "team " + "platform " * 400,
        "team 🚀🔥",
        "team <!channel> <!here> @everyone",
        "team &lt;!channel&gt;",
        "team *bold* `code` ~gone~ <https://evil.invalid|click>",
        "team \u202eplatform\u202c\u0000",
        "payload",
        "team payload=1&payload={}",
        "help <script>",
        "%00%ff",
        "team '; DROP TABLE teams; --",
    ],
)
async def test_whatever_is_typed_is_answered_and_shown_as_text(platform: Place, typed: str) -> None:
    answer = await platform.type(typed)

    shown = answer.text + str(answer.blocks)
    assert "<!" not in shown
    assert "evil.invalid|" not in shown
    assert len(answer.text) < 1500


async def test_names_from_outside_cannot_mention_or_link(slack: Place) -> None:
    await slack.add_team("evil", "<!channel> & <https://evil.invalid|friends>")

    for typed in ("team evil", "teams"):
        answer = await slack.type(typed)
        assert "<!channel>" not in answer.text + str(answer.blocks)
        assert "&lt;!channel&gt; &amp; " in answer.text


async def test_the_menu_changes_the_period_in_place(platform: Place) -> None:
    message = await platform.type("team platform 30d")
    before = message.text

    await platform.choose(message, PERIOD_MENU, "7d")

    assert platform.workspace.state.in_channel(platform.general.id, platform.ana.id) == [message]
    assert "(7 days)" in message.text
    assert message.text != before
    [menu, _button] = message.blocks[-1]["elements"]
    assert menu["initial_option"]["value"] == "7d"
    await platform.choose(message, PERIOD_MENU, "last week")
    assert "(7 days)" in message.text


async def test_sharing_posts_the_same_answer_once_and_says_who_asked(platform: Place) -> None:
    private = await platform.type("team platform 7d")
    text = private.text

    await platform.press(private, SHARE_BUTTON)

    [public] = platform.workspace.state.in_channel(platform.general.id)
    assert public.text == f"{text} Asked by <@{platform.ana.id}> with `/devmetrics team platform 7d`"
    assert not any(block["type"] == "actions" for block in public.blocks)
    assert private.text == text
    with pytest.raises(LookupError):
        await platform.press(private, SHARE_BUTTON)
    await platform.choose(private, PERIOD_MENU, "30d")
    assert private.blocks[-1]["elements"][-1]["action_id"] == SHARE_BUTTON


async def test_what_is_gone_meanwhile_is_not_shared(platform: Place) -> None:
    private = await platform.type("team platform")
    async with platform.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE teams SET deleted_at = now()")

    await platform.press(private, SHARE_BUTTON)

    assert platform.workspace.state.in_channel(platform.general.id) == []


async def test_without_teams_it_says_how_to_add_one(slack: Place) -> None:
    for typed in ("teams", "team platform"):
        assert "devmetrics team add" in (await slack.type(typed)).text
    assert "first webhook" in (await slack.type("repo acme/api")).text


async def test_a_hundred_teams_are_a_list_that_says_how_many_more(slack: Place) -> None:
    for number in range(100):
        await slack.add_team(f"team-{number:03}", f"Team {number} " + "x" * 200)

    answer = await slack.type("teams")

    assert answer.text.startswith("100 teams: ")
    assert "And 70 more" in answer.text
    assert (await slack.type("teams 099")).text.startswith("1 team of 100: ")


@pytest.mark.parametrize(
    ("action_id", "sentence"),
    [
        (PERIOD_MENU, "older version"),
        (SHARE_BUTTON, "older version"),
        (EVIDENCE_BUTTON, "older version"),
        (EVIDENCE_MENU, "older version"),
        ("of_another_version", "does not know this button"),
    ],
)
async def test_a_button_of_another_version_is_answered(platform: Place, action_id: str, sentence: str) -> None:
    message = await platform.type("team platform")

    for carried in ("", "{", "[1]", '{"a": 1}', "3"):
        action = {"type": "button", "action_id": action_id, "block_id": carried, "value": carried}
        acknowledged = await platform.people.act(platform.ana, message, action)
        assert sentence in (await platform.answer_to(acknowledged)).text
    assert platform.workspace.state.in_channel(platform.general.id) == []


async def test_what_is_behind_a_posted_message_is_told_to_whoever_asks_and_the_message_stays(platform: Place) -> None:
    posted = platform.workspace.state.post(
        platform.general.id, "A digest", behind("platform", "2026-W40", "change_failure_rate")
    )
    await platform.press(posted, EVIDENCE_BUTTON)
    await platform.choose(posted, EVIDENCE_MENU, "lead_time")

    rate, lead_time = platform.workspace.state.in_channel(platform.general.id, platform.ana.id)[1:]
    assert rate.text.startswith("Platform: Change failure rate, 28 Sep")
    assert lead_time.text.startswith("Platform: Lead time, 28 Sep")
    assert {rate.only_for, lead_time.only_for} == {platform.ana.id}
    assert (posted.text, posted.only_for) == ("A digest", None)


async def test_people_of_another_company_in_a_shared_channel_are_told_nothing_and_change_nothing(
    platform: Place,
) -> None:
    """They see a digest that was posted there, and its buttons."""
    posted = platform.workspace.state.post(
        platform.general.id, "A digest", behind("platform", "2026-W40", "change_failure_rate")
    )
    platform.ana.workspace = "T0OTHER"
    for _ in range(2):
        await platform.press(posted, EVIDENCE_BUTTON)
    await platform.choose(posted, EVIDENCE_MENU, "lead_time")

    said = platform.workspace.state.in_channel(platform.general.id, platform.ana.id)[1:]
    assert {message.text for message in said} == {ELSEWHERE}
    assert [name for name, _ in platform.workspace.web_api.calls] == ["auth.test"]


@pytest.mark.parametrize(("theirs", "ours"), [("E0OURS", True), ("T0OTHER", False), ("E0OTHER", False)])
async def test_people_of_ones_own_enterprise_are_told_and_those_of_another_company_are_not(
    platform: Place, theirs: str, ours: bool
) -> None:
    """The request names the app's enterprise also when somebody else presses."""
    platform.workspace.state.enterprise, platform.ana.workspace = "E0OURS", theirs
    button = behind("platform", "2026-W40", "change_failure_rate")
    await platform.press(platform.workspace.state.post(platform.general.id, "A digest", button), EVIDENCE_BUTTON)

    *_, said = platform.workspace.state.in_channel(platform.general.id, platform.ana.id)
    assert (said.text != ELSEWHERE) is ours

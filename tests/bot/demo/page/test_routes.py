"""The page's server, over HTTP: what a person does reaches the application, and nobody else may do it."""

from pathlib import Path
from typing import Any

import pytest

from bot.demo.page.routes import BUILT, FILES
from bot.demo.workspace.payloads import action_of
from bot.slack.messages.controls import PERIOD_MENU, SHARE_BUTTON
from tests.bot.demo.page.opened import Opened, quiet, states


async def test_every_built_file_is_served_and_may_load_nothing_from_a_network(page: Opened) -> None:
    assert {path.name for path in BUILT.iterdir()} == set(FILES.values())
    for path in FILES:
        async with page.session.get(page.slack.workspace.address + path) as response:
            assert response.status == 200
            assert await response.text()
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_a_command_reaches_the_application_signed_and_is_answered_to_this_person_alone(page: Opened) -> None:
    message = await page.type("/devmetrics team platform")

    assert message.text.startswith("Platform, ")
    assert message.only_for == page.slack.page.person.id


async def test_other_text_is_a_message_for_everybody(page: Opened) -> None:
    message = await page.type("Is 3 < 4 & 5 > 4?")

    assert message.text == "Is 3 &lt; 4 &amp; 5 &gt; 4?"
    assert (message.author, message.only_for) == (page.slack.page.person.id, None)


async def test_what_was_typed_arrives_as_slack_escapes_it(page: Opened) -> None:
    assert "“a&lt;b &amp; co”" in (await page.type("/devmetrics a<b & co")).text


async def test_another_command_is_told_as_a_problem(page: Opened) -> None:
    body = {"channel": page.channel("general").id, "text": "/remind me"}
    status, answer = await page.post("texts", body)

    assert status == 200
    assert answer["problem"].startswith("/remind is not a command here.")


async def test_the_menu_and_the_button_work(page: Opened) -> None:
    message = await page.type("/devmetrics team platform")
    chosen = action_of(message.blocks, PERIOD_MENU, "7d")
    assert await page.post("actions", {"ts": message.ts, "action": chosen}) == (200, {})
    await quiet()
    assert "(7 days)" in str(message.blocks)

    assert await page.post("actions", {"ts": message.ts, "action": action_of(message.blocks, SHARE_BUTTON)}) == (
        200,
        {},
    )
    await quiet()
    assert page.newest.only_for is None
    assert f"<@{page.slack.page.person.id}>" in page.newest.text


async def test_the_page_is_told_of_every_change_and_at_once(page: Opened) -> None:
    async with page.session.get(f"{page.slack.address}updates") as response:
        told = states(response)
        before = await anext(told)
        assert before["team"] == "Parcelway"
        assert before["user"]["name"] == "Robin"
        channel = page.channel("team-platform").id
        await page.type("/devmetrics team platform")
        after = await anext(told)

    assert len(after["messages"][channel]) == len(before["messages"][channel]) + 1
    answer = after["messages"][channel][-1]
    assert (answer["bot"], answer["ephemeral"]) == (True, True)
    assert answer["blocks"][-1]["type"] == "actions"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"channel": "C0", "text": "hi"}, 404),
        ({"text": "hi"}, 404),
        ([], 400),
        ("text", 400),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(page: Opened, body: Any, status: int) -> None:
    answered, answer = await page.post("texts", body)

    assert answered == status
    assert answer["problem"].endswith(".")


async def test_an_application_that_is_away_is_told_as_a_problem(page: Opened) -> None:
    await page.stop()
    status, answer = await page.post("texts", {"channel": page.channel("general").id, "text": "/devmetrics"})

    assert status == 502
    assert answer["problem"] == "devmetrics does not answer. Is it still running?"


async def test_an_application_that_fails_is_told_as_slack_tells_it(page: Opened) -> None:
    page.slack.workspace.signing_secret = "another"
    assert page.slack.page.sender is not None
    page.slack.page.sender.signing_secret = "another"
    status, answer = await page.post("texts", {"channel": page.channel("general").id, "text": "/devmetrics"})

    assert status == 200
    assert answer["problem"] == "/devmetrics failed with the error “dispatch_failed” (401)."


POSTS = ("texts", "actions", "views/submissions", "views/closings")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Host": "elsewhere.example"},
    ],
    ids=str,
)
async def test_another_web_page_cannot_drive_it(page: Opened, path: str, headers: dict[str, str]) -> None:
    before = list(page.slack.workspace.state.messages)
    body = {"channel": page.channel("general").id, "text": "hi"}
    status, _ = await page.post(path, body, **headers)

    assert status == 403
    assert list(page.slack.workspace.state.messages) == before


async def test_another_name_for_this_machine_reads_nothing(page: Opened) -> None:
    for path in (*FILES, "/updates"):
        headers = {"Host": "elsewhere.example"}
        async with page.session.get(page.slack.workspace.address + path, headers=headers) as response:
            assert response.status == 403


async def test_it_listens_on_this_machine_only(page: Opened) -> None:
    assert page.slack.address.startswith("http://127.0.0.1:")


def test_the_bundle_is_shipped_with_the_package() -> None:
    project = Path(__file__).parents[4] / "pyproject.toml"
    assert '"bot.demo.page" = ["built/*"]' in project.read_text()

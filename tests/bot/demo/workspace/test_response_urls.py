"""response_url takes five answers in half an hour, to one person or to the channel."""

from typing import Any

import aiohttp

from bot.demo.workspace.server import Workspace


async def post(workspace: Workspace, path: str, **body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(workspace.address + path, json=body) as response:
        return response.status, await response.text()


async def test_an_answer_is_for_the_asker_unless_it_says_otherwise(workspace: Workspace) -> None:
    ana = workspace.state.add_user("ana")
    here = workspace.state.add_channel("here", ana)
    path = workspace.response_urls.issue(here.id, ana.id)

    assert await post(workspace, path, text="private") == (200, "ok")
    await post(workspace, path, text="public", response_type="in_channel")

    messages = workspace.state.in_channel(here.id, ana.id)
    assert [(message.text, message.only_for) for message in messages] == [("private", ana.id), ("public", None)]


async def test_an_answer_may_replace_or_delete_its_message(workspace: Workspace) -> None:
    ana = workspace.state.add_user("ana")
    here = workspace.state.add_channel("here", ana)
    message = workspace.state.post(here.id, "old", [], only_for=ana.id)
    path = workspace.response_urls.issue(here.id, ana.id, message.ts)

    await post(workspace, path, text="new", replace_original=True)
    assert [one.text for one in workspace.state.in_channel(here.id, ana.id)] == ["new"]
    await post(workspace, path, delete_original=True)
    assert workspace.state.in_channel(here.id, ana.id) == []


async def test_it_is_used_up_after_five_and_gone_after_thirty_minutes(workspace: Workspace, clock: Any) -> None:
    path = workspace.response_urls.issue(workspace.state.add_channel("here").id, "U1")

    for _ in range(5):
        assert (await post(workspace, path, text="x"))[0] == 200
    status, body = await post(workspace, path, text="x")
    assert (status, "used_url" in body) == (404, True)
    path = workspace.response_urls.issue(workspace.state.add_channel("there").id, "U1")
    clock.now += 1801
    status, body = await post(workspace, path, text="x")
    assert (status, "expired_url" in body) == (404, True)
    assert (await post(workspace, "/commands/guessed", text="x"))[0] == 404


async def test_it_refuses_what_slack_refuses(workspace: Workspace) -> None:
    path = workspace.response_urls.issue(workspace.state.add_channel("here").id, "U1")

    for body, reason in (
        ({}, "no_text"),
        ({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"text": "x", "channel": "C1"}, "invalid_arguments"),
        ({"text": "x", "response_type": "loud"}, "invalid_response_type"),
    ):
        status, text = await post(workspace, path, **body)
        assert (status, reason in text) == (400, True)
    assert workspace.state.messages == {}

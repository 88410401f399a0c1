"""The stand-in answers Slack's own client as Slack does, refusals included."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.failures import Failure, rate_limited
from bot.demo.workspace.server import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(workspace.bot_token, base_url=f"{workspace.api_url}/", retry_handlers=[])


async def refused(call: Any) -> str:
    """The error code of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as raised:
        await call
    return str(raised.value.response["error"])


async def test_a_message_is_posted_kept_and_changed(workspace: Workspace, client: AsyncWebClient) -> None:
    ana = workspace.state.add_user("ana")
    channel = workspace.state.add_channel("general", ana)

    posted = await client.chat_postMessage(
        channel=channel.id, text="hello", blocks=[SECTION], metadata={"event_type": "e", "event_payload": {"run": 1}}
    )
    await client.chat_update(channel=channel.id, ts=posted["ts"], text="bye")

    [message] = workspace.state.in_channel(channel.id)
    assert (message.text, message.blocks, message.edited, message.only_for) == ("bye", [], True, None)
    assert message.metadata == {"event_type": "e", "event_payload": {"run": 1}}


async def test_an_ephemeral_message_is_seen_by_one_person(workspace: Workspace, client: AsyncWebClient) -> None:
    ana, ben = workspace.state.add_user("ana"), workspace.state.add_user("ben")
    channel = workspace.state.add_channel("general", ana)

    await client.chat_postEphemeral(channel=channel.id, user=ana.id, text="psst")

    assert [message.text for message in workspace.state.in_channel(channel.id, ana.id)] == ["psst"]
    assert workspace.state.in_channel(channel.id, ben.id) == []
    assert await refused(client.chat_postEphemeral(channel=channel.id, user=ben.id, text="x")) == "user_not_in_channel"


async def test_a_person_can_be_written_to_directly(workspace: Workspace, client: AsyncWebClient) -> None:
    ana = workspace.state.add_user("ana")

    await client.chat_postMessage(channel=ana.id, text="hello")

    [channel] = workspace.state.channels.values()
    assert (channel.direct, channel.members >= {ana.id}) == (True, True)
    assert len(workspace.state.in_channel(channel.id)) == 1


async def test_messages_are_refused_as_slack_refuses_them(workspace: Workspace, client: AsyncWebClient) -> None:
    public = workspace.state.add_channel("public", with_bot=False).id
    secret = workspace.state.add_channel("secret", private=True, with_bot=False).id
    old = workspace.state.add_channel("old")
    old.archived = True
    here = workspace.state.add_channel("here").id
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}

    async def post(**arguments: Any) -> str:
        # Not by chat_postMessage: that warns of a missing text itself.
        return await refused(client.api_call("chat.postMessage", json=arguments))

    assert await post(channel="C404", text="x") == "channel_not_found"
    assert await post(channel=secret, text="x") == "channel_not_found"
    assert await post(channel=public, text="x") == "not_in_channel"
    assert await post(channel=old.id, text="x") == "is_archived"
    assert await post(channel=here, text=" ") == "no_text"
    assert await post(channel=here, blocks=[SECTION]) == "no_text"
    assert await post(channel=here, text="x" * 40_001) == "msg_too_long"
    assert await post(channel=here, text="x", blocks=[{"type": "section"}]) == "invalid_blocks"
    assert await post(channel=here, text="x", blocks=[long] * 5) == "msg_blocks_too_long"
    assert await refused(client.chat_update(channel=here, ts="1.2", text="x")) == "message_not_found"
    assert workspace.state.messages == {}


async def test_a_refusal_of_blocks_says_where(workspace: Workspace, client: AsyncWebClient) -> None:
    here = workspace.state.add_channel("here").id

    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=here, text="x", blocks=[{"type": "section"}])

    [message] = raised.value.response["response_metadata"]["messages"]
    assert "[json-pointer:/blocks/0]" in message


async def test_tokens_scopes_and_methods_are_checked(workspace: Workspace, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["user_id"] == "U0BOT"
    assert await refused(client.conversations_list()) == "missing_scope"
    assert await refused(client.api_call("chat.dance")) == "unknown_method"
    client.token = "xoxb-wrong"
    assert await refused(client.auth_test()) == "invalid_auth"
    async with aiohttp.ClientSession() as session, session.post(f"{workspace.api_url}/auth.test") as response:
        assert (await response.json())["error"] == "not_authed"


async def test_channels_and_their_history_are_read_with_the_scopes_for_it(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.web_api.scopes |= {"channels:read", "channels:history", "im:write"}
    ana = workspace.state.add_user("ana")
    here = workspace.state.add_channel("here", ana)
    workspace.state.add_channel("secret", private=True, with_bot=False)
    for text in ("one", "two"):
        await client.chat_postMessage(channel=here.id, text=text, metadata={"event_type": "e", "event_payload": {}})
    await client.chat_postEphemeral(channel=here.id, user=ana.id, text="psst")

    assert [one["name"] for one in (await client.conversations_list())["channels"]] == ["here"]
    assert (await client.conversations_info(channel=here.id))["channel"]["is_member"] is True
    history = await client.conversations_history(channel=here.id, include_all_metadata=True, limit=1)
    assert [one["text"] for one in history["messages"]] == ["two"]
    assert history["messages"][0]["metadata"]["event_type"] == "e"
    assert "metadata" not in (await client.conversations_history(channel=here.id))["messages"][0]
    assert (await client.conversations_open(users=ana.id))["channel"]["id"].startswith("D")


async def test_a_modal_opens_for_three_seconds_after_what_the_person_did(
    workspace: Workspace, client: AsyncWebClient, clock: Any
) -> None:
    ana = workspace.state.add_user("ana")
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": [SECTION]}

    opened = await client.views_open(trigger_id=workspace.state.new_trigger(ana.id), view=view)
    assert workspace.state.modals[opened["view"]["id"]]["user"] == ana.id
    late = workspace.state.new_trigger(ana.id)
    clock.now += 4
    assert await refused(client.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="x", view=view)) == "invalid_trigger_id"
    long = view | {"title": {"type": "plain_text", "text": "x" * 25}}
    trigger = workspace.state.new_trigger(ana.id)
    assert await refused(client.views_open(trigger_id=trigger, view=long)) == "invalid_arguments"


async def test_a_home_is_published_for_somebody(workspace: Workspace, client: AsyncWebClient) -> None:
    ana = workspace.state.add_user("ana")

    await client.views_publish(user_id=ana.id, view={"type": "home", "blocks": [SECTION] * 100})

    assert len(workspace.state.homes[ana.id]["blocks"]) == 100
    assert await refused(client.views_publish(user_id="U404", view={"type": "home", "blocks": []})) == "user_not_found"
    modal = {"type": "modal", "blocks": [SECTION]}
    assert await refused(client.views_publish(user_id=ana.id, view=modal)) == "invalid_arguments"


async def test_failures_happen_on_demand_and_once(workspace: Workspace, client: AsyncWebClient) -> None:
    here = workspace.state.add_channel("here").id
    workspace.failures.plan(rate_limited("chat.postMessage", 7))
    workspace.failures.plan(Failure("chat.postMessage", error="token_revoked"))
    workspace.failures.plan(Failure("chat.postMessage", status=503))

    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=here, text="x")
    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "7")
    assert await refused(client.chat_postMessage(channel=here, text="x")) == "token_revoked"
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=here, text="x")
    await client.chat_postMessage(channel=here, text="x")
    assert len(workspace.state.in_channel(here)) == 1
    assert [method for method, _ in workspace.web_api.calls] == ["chat.postMessage"] * 4


async def test_a_lost_answer_is_of_work_that_was_done(workspace: Workspace, client: AsyncWebClient) -> None:
    here = workspace.state.add_channel("here").id
    workspace.failures.plan(Failure(lost=True))

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=here, text="x")

    assert len(workspace.state.in_channel(here)) == 1

"""The methods of Slack's Web API that the workspace knows. https://docs.slack.dev/reference/methods

Each takes the arguments and the state, and returns what Slack answers beside `"ok": true`, or raises `Refused`.
"""

import json
from collections.abc import Callable
from typing import Any

from bot.demo.workspace.contents import read_message, read_view
from bot.demo.workspace.refusal import Refused
from bot.demo.workspace.state import BOT, BOT_USER, TEAM, Channel, Json, Message, State

MOST_IN_PAGE = 200


def auth_test(_arguments: Json, state: State) -> Json:
    return {"url": "https://stand-in.invalid/", "team": "Stand-in", "user": "devmetrics"} | {
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        **({"enterprise_id": state.enterprise} if state.enterprise else {}),
    }


def post_message(arguments: Json, state: State) -> Json:
    channel = _writable(arguments, state)
    text, blocks = read_message(arguments)
    metadata = arguments.get("metadata")
    message = state.post(
        channel.id,
        text,
        blocks,
        thread_ts=arguments.get("thread_ts"),
        metadata=json.loads(metadata) if isinstance(metadata, str) else metadata,
    )
    return {"channel": channel.id, "ts": message.ts, "message": as_json(message)}


def post_ephemeral(arguments: Json, state: State) -> Json:
    channel = _writable(arguments, state)
    user = arguments.get("user")
    if user not in state.users:
        raise Refused("user_not_found" if user else "invalid_arguments")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = read_message(arguments)
    return {"message_ts": state.post(channel.id, text, blocks, only_for=user).ts}


def update(arguments: Json, state: State) -> Json:
    channel = _writable(arguments, state)
    message = state.messages.get(str(arguments.get("ts")))
    if message is None or message.channel != channel.id or message.only_for is not None:
        raise Refused("message_not_found")
    if message.author != BOT_USER:
        raise Refused("cant_update_message")
    text, blocks = read_message(arguments)
    state.change(message.ts, text, blocks)
    return {"channel": channel.id, "ts": message.ts, "text": text}


def views_open(arguments: Json, state: State) -> Json:
    if arguments.get("trigger_id") not in state.triggers:
        raise Refused("invalid_trigger_id" if arguments.get("trigger_id") else "invalid_arguments")
    issued_at, user = state.triggers.pop(arguments["trigger_id"])
    if state.clock() - issued_at > 3:
        raise Refused("expired_trigger_id")
    return {"view": state.show_modal(user, read_view(arguments.get("view"), "modal"))}


def views_publish(arguments: Json, state: State) -> Json:
    user = arguments.get("user_id")
    if user not in state.users:
        raise Refused("user_not_found")
    state.homes[user] = {**read_view(arguments.get("view"), "home"), "id": f"V{user}", "user": user}
    return {"view": state.homes[user]}


def conversations_info(arguments: Json, state: State) -> Json:
    return {"channel": _channel_as_json(_channel(arguments, state))}


def conversations_list(_arguments: Json, state: State) -> Json:
    visible = [one for one in state.channels.values() if not one.direct and _visible(one)]
    return {"channels": [_channel_as_json(one) for one in visible], "response_metadata": {"next_cursor": ""}}


def conversations_history(arguments: Json, state: State) -> Json:
    channel = _channel(arguments, state)
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    messages = [one for one in state.in_channel(channel.id) if oldest <= float(one.ts) <= latest and not one.thread_ts]
    return _page(messages[::-1], arguments)


def conversations_replies(arguments: Json, state: State) -> Json:
    """The message itself comes first, whatever `oldest` says; then the replies, the oldest first."""
    channel = _channel(arguments, state)
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    ts, oldest = str(arguments.get("ts")), float(arguments.get("oldest") or 0)
    messages = state.in_channel(channel.id)
    if ts not in {one.ts for one in messages}:
        raise Refused("thread_not_found")
    replies = [one for one in messages if one.thread_ts == ts and float(one.ts) >= oldest]
    return _page([state.messages[ts], *replies], arguments)


def _page(messages: list[Message], arguments: Json) -> Json:
    limit = min(int(arguments.get("limit") or 100), MOST_IN_PAGE)
    with_metadata = str(arguments.get("include_all_metadata", "")).lower() in {"true", "1"}
    shown = [as_json(one, with_metadata=with_metadata) for one in messages[:limit]]
    return {"messages": shown, "has_more": len(messages) > limit}


def conversations_open(arguments: Json, state: State) -> Json:
    user = str(arguments.get("users", "")).partition(",")[0]
    if user not in state.users:
        raise Refused("user_not_found")
    return {"channel": {"id": state.direct_channel(user).id}}


def users_info(arguments: Json, state: State) -> Json:
    """https://docs.slack.dev/reference/objects/user-object"""
    user = state.users.get(str(arguments.get("user")))
    if user is None:
        raise Refused("user_not_found")
    profile = {"real_name": user.name, "display_name": user.name, "team": user.workspace, "email": user.email}
    told = {"id": user.id, "team_id": user.workspace, "name": user.name, "deleted": False, "tz": user.timezone}
    told |= {"is_bot": False, "is_restricted": False, "is_email_confirmed": user.email_confirmed}
    return {"user": told | {"profile": profile}}


def as_json(message: Message, *, with_metadata: bool = True) -> Json:
    body: Json = {"type": "message", "ts": message.ts, "text": message.text, "blocks": message.blocks}
    body |= {"user": message.author, "team": TEAM}
    if message.author == BOT_USER:
        body["bot_id"] = BOT
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.metadata and with_metadata:
        body["metadata"] = message.metadata
    return body


def _writable(arguments: Json, state: State) -> Channel:
    channel = _channel(arguments, state)
    if channel.archived:
        raise Refused("is_archived")
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _channel(arguments: Json, state: State) -> Channel:
    wanted = str(arguments.get("channel", ""))
    if wanted in state.users:
        return state.direct_channel(wanted)
    channel = state.channels.get(wanted)
    if channel is None or not _visible(channel):
        raise Refused("channel_not_found")
    return channel


def _visible(channel: Channel) -> bool:
    """A private channel does not exist for those who are not in it."""
    return not channel.private or BOT_USER in channel.members


def _channel_as_json(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.private,
        "is_im": channel.direct,
        "is_archived": channel.archived,
        "is_member": BOT_USER in channel.members,
    }


# The method and the scope that it needs (None: any token will do).
METHODS: dict[str, tuple[Callable[[Json, State], dict[str, Any]], str | None]] = {
    "auth.test": (auth_test, None),
    "chat.postMessage": (post_message, "chat:write"),
    "chat.postEphemeral": (post_ephemeral, "chat:write"),
    "chat.update": (update, "chat:write"),
    "views.open": (views_open, None),
    "views.publish": (views_publish, None),
    "conversations.info": (conversations_info, "channels:read"),
    "conversations.list": (conversations_list, "channels:read"),
    "conversations.history": (conversations_history, "channels:history"),
    "conversations.replies": (conversations_replies, "channels:history"),
    "conversations.open": (conversations_open, "im:write"),
    "users.info": (users_info, "users:read"),
}

"""What one person sees of the workspace, as the page gets it."""

from collections.abc import Mapping, Sequence

from bot.demo.workspace.state import BOT_USER, Channel, Json, Message, State, User

APP_NAME = "devmetrics"


def state_as_json(state: State, person: User, team: str, suggestions: Mapping[str, Sequence[str]]) -> Json:
    """`suggestions`: by the name of a channel, what one could type there."""
    channels = [one for one in state.channels.values() if person.id in one.members and not one.archived]
    return {
        "team": team,
        "user": {"id": person.id, "name": person.name},
        "users": [{"id": one.id, "name": one.name} for one in state.users.values()]
        + [{"id": BOT_USER, "name": APP_NAME}],
        "channels": [_channel(one, suggestions.get(one.name, ())) for one in channels],
        "messages": {
            one.id: [_message(message, state) for message in state.in_channel(one.id, seen_by=person.id)]
            for one in channels
        },
        "home": state.homes.get(person.id),
        "view": next((view for view in reversed(state.modals.values()) if view["user"] == person.id), None),
    }


def _channel(channel: Channel, suggestions: Sequence[str]) -> Json:
    return {
        "id": channel.id,
        "name": APP_NAME if channel.direct else channel.name,
        "is_private": channel.private,
        "is_direct": channel.direct,
        "suggestions": list(suggestions),
    }


def _message(message: Message, state: State) -> Json:
    by_app = message.author == BOT_USER
    return {
        "ts": message.ts,
        "channel": message.channel,
        "name": APP_NAME if by_app else state.users[message.author].name,
        "bot": by_app,
        "text": message.text,
        "blocks": message.blocks,
        "ephemeral": message.only_for is not None,
        "thread_ts": message.thread_ts,
        "edited": message.edited and message.only_for is None,
    }

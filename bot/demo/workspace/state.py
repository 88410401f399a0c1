"""What the workspace holds: people, channels, messages, views. No network and no clock of its own."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BOT_USER = "U0BOT"
BOT = "B0BOT"
APP = "A0APP"
TEAM = "T0TEAM"


@dataclass(slots=True)
class User:
    id: str
    name: str
    timezone: str = "Europe/Berlin"
    email: str | None = None
    email_confirmed: bool = True
    # Of another one: the account of somebody in a channel that two companies share.
    workspace: str = TEAM


@dataclass(slots=True)
class Channel:
    """A conversation: public, private, or (`direct`) with one person."""

    id: str
    name: str
    private: bool = False
    direct: bool = False
    archived: bool = False
    members: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Message:
    ts: str
    channel: str
    author: str
    text: str
    blocks: list[Json]
    # The only user who sees it; None: everybody in the channel.
    only_for: str | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: bool = False


@dataclass(slots=True)
class State:
    # Seconds since 1970.
    clock: Callable[[], float]
    # That the workspace is of.
    enterprise: str | None = None
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    # By ts, in the order of their arrival.
    messages: dict[str, Message] = field(default_factory=dict)
    # App Home by user, modals by view id.
    homes: dict[str, Json] = field(default_factory=dict)
    modals: dict[str, Json] = field(default_factory=dict)
    # By id: when it was issued, and to whom.
    triggers: dict[str, tuple[float, str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_user(self, name: str, email: str | None = None) -> User:
        user = User(f"U{next(self._numbers):08d}", name, email=email)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *members: User, private: bool = False, with_bot: bool = True) -> Channel:
        ids = {user.id for user in members} | ({BOT_USER} if with_bot else set())
        channel = Channel(f"{'G' if private else 'C'}{next(self._numbers):08d}", name, private, members=ids)
        self.channels[channel.id] = channel
        return channel

    def direct_channel(self, user_id: str) -> Channel:
        """The conversation of one person and the bot; opened at the first use."""
        found = (one for one in self.channels.values() if one.direct and user_id in one.members)
        channel = next(found, None)
        if channel is None:
            channel = Channel(f"D{next(self._numbers):08d}", "directmessage", True, True, members={user_id, BOT_USER})
            self.channels[channel.id] = channel
        return channel

    def post(
        self,
        channel: str,
        text: str,
        blocks: list[Json],
        *,
        author: str = BOT_USER,
        only_for: str | None = None,
        thread_ts: str | None = None,
        metadata: Json | None = None,
    ) -> Message:
        ts = f"{self.clock():.0f}.{next(self._numbers):06d}"
        message = Message(ts, channel, author, text, blocks, only_for, thread_ts, metadata)
        self.messages[ts] = message
        return message

    def change(self, ts: str, text: str, blocks: list[Json]) -> Message:
        message = self.messages[ts]
        message.text, message.blocks, message.edited = text, blocks, True
        return message

    def delete(self, ts: str) -> None:
        del self.messages[ts]

    def new_trigger(self, user: str) -> str:
        """What lets the application open a modal for this person, for three seconds."""
        trigger = f"{next(self._numbers)}.{TEAM}"
        self.triggers[trigger] = (self.clock(), user)
        return trigger

    def show_modal(self, user: str, view: Json) -> Json:
        shown = {**view, "id": f"V{next(self._numbers):08d}", "user": user}
        self.modals[shown["id"]] = shown
        return shown

    def view(self, view_id: str) -> Json:
        """An open modal or an App Home. Raises LookupError."""
        homes = {home["id"]: home for home in self.homes.values() if "id" in home}
        return self.modals[view_id] if view_id in self.modals else homes[view_id]

    def in_channel(self, channel: str, seen_by: str | None = None) -> list[Message]:
        """The channel's messages as everybody sees them, or with those that only one person sees."""
        return [
            message
            for message in self.messages.values()
            if message.channel == channel and message.only_for in {None, seen_by}
        ]

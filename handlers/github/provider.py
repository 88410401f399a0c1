"""GitHub, as the rest of the program sees it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from handlers.findings import OFF, Finding
from handlers.github.settings import GitHubSettings
from handlers.github.signature import HOW_TO_TURN_ON, Verifier
from handlers.provider import Provider

# Variables with a place of their own in what is to come: to set them must not look as if it did something.
NOT_USED_YET = ("app_id", "private_key")


def name_event(header: str, _: bytes) -> str:
    return header


def event_of_file(name: str, _: Mapping[str, Any]) -> str:
    """The event is in a header only, for which the name of the file stands: push.payload.json is a push."""
    return name.partition(".")[0]


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    # Every one of its payloads tells who caused it.
    return "sender" in fields


async def check(_: aiohttp.ClientSession, settings: GitHubSettings) -> list[Finding]:
    unused = [name for name in NOT_USED_YET if getattr(settings, name)]
    return [Finding(f"GITHUB_{name.upper()}", OFF, "is set, and nothing uses it yet.") for name in unused]


PROVIDER = Provider(
    word="github",
    name="GitHub",
    public_host="github.com",
    how_to_turn_on=HOW_TO_TURN_ON,
    verifier=Verifier,
    settings=GitHubSettings,
    name_event=name_event,
    recognizes=recognizes,
    event_of_file=event_of_file,
    check=check,
)

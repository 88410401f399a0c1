"""Bitbucket Cloud, as the rest of the program sees it."""

from collections.abc import Mapping
from typing import Any

from handlers.bitbucket.api import reach
from handlers.bitbucket.checking import check, check_connection
from handlers.bitbucket.settings import HOST, BitbucketSettings
from handlers.bitbucket.setup import SET_UP
from handlers.bitbucket.signature import HOW_TO_TURN_ON, Verifier
from handlers.provider import Provider


def name_event(header: str, _: bytes) -> str:
    return header


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    # Every one of its payloads tells who caused it, and of which repository.
    return "actor" in fields and "repository" in fields


def event_of_file(name: str, _: Mapping[str, Any]) -> str:
    """The event is in a header only, for which the name of the file stands: repo:push.json or repo_push.json."""
    event = name.partition(".")[0]
    return event if ":" in event else event.replace("_", ":", 1)


PROVIDER = Provider(
    word="bitbucket",
    name="Bitbucket",
    public_host=HOST,
    how_to_turn_on=HOW_TO_TURN_ON,
    verifier=Verifier,
    settings=BitbucketSettings,
    name_event=name_event,
    recognizes=recognizes,
    event_of_file=event_of_file,
    tells_default_branch=False,
    check=check,
    check_connection=check_connection,
    reach=reach,
    set_up=SET_UP,
)

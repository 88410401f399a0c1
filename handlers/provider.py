"""What a provider says of itself: everything the rest of the program needs to know about it.

`handlers/<provider>/provider.py` has one `PROVIDER`; `handlers.providers` finds it there.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import import_module
from typing import Annotated, Any, Protocol

import aiohttp
from pydantic import AfterValidator
from pydantic_settings import BaseSettings, SettingsConfigDict

from handlers.asking.api import Api, Place
from handlers.connecting import SetUp
from handlers.envelope import Envelope
from handlers.findings import Finding
from handlers.incidents import IncidentLabels
from handlers.registry import Event, find_events


def web_address(value: str) -> str:
    """Without a slash at its end. ValueError unless it is http or https."""
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http://)")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(web_address)]


class Verifier(Protocol):
    """A provider's signature check with its secrets: a struct, so that a connection's secrets are read into it."""

    @property
    def configured(self) -> bool: ...

    def check_headers(self, headers: Mapping[str, str]) -> None: ...

    def open_envelope(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Envelope: ...


class ProviderSettings(BaseSettings):
    """The environment variables of one provider: its fields, behind `env_prefix`. Read by bot/settings.py alone."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    @property
    def host(self) -> str:
        """Where its deliveries come from, as payloads name it: with the port, if it has one."""
        raise NotImplementedError

    @property
    def verifier(self) -> Verifier:
        """Not `configured` when no secret is set: the provider is off."""
        raise NotImplementedError


async def nothing_to_check(_: aiohttp.ClientSession, __: Any) -> list[Finding]:
    return []


async def no_connection_to_check(_: str, __: Any, ___: Mapping[str, Any]) -> list[Finding]:
    return []


def without_api(_: Place, __: Any, ___: Mapping[str, Any] | None, ____: IncidentLabels) -> Api | None:
    return None


@dataclass(frozen=True)
class Provider:
    # In addresses and in the database.
    word: str
    # For people.
    name: str
    # Where deliveries come from when neither a connection nor the environment says it.
    public_host: str
    # One sentence: what to set so that deliveries are taken.
    how_to_turn_on: str
    # Of an address, with secrets of the environment or of a connection.
    verifier: type[Verifier]
    # None: deliveries come through connections only.
    settings: type[ProviderSettings] | None
    # The event's name in `events`, of its header (as in the envelope) and its body.
    name_event: Callable[[str, bytes], str]
    # Whether a payload looks like this provider's, and the header that a file with this name and these fields
    # would have come with: for `devmetrics replay`.
    recognizes: Callable[[str, Mapping[str, Any]], bool]
    event_of_file: Callable[[str, Mapping[str, Any]], str]
    # Whether a push says which branch is the default one. False: what its API said before is read beside it.
    tells_default_branch: bool = True
    # What `devmetrics check` asks of it, with its settings.
    check: Callable[[aiohttp.ClientSession, Any], Awaitable[list[Finding]]] = nothing_to_check
    # And of a connection, with its host, the settings and its secrets: it may repair what it finds.
    check_connection: Callable[[str, Any, Mapping[str, Any]], Awaitable[list[Finding]]] = no_connection_to_check
    # Its API at a place: with the environment's credentials (its settings), or those of a connection's secrets.
    # None: they hold none.
    reach: Callable[[Place, Any, Mapping[str, Any] | None, IncidentLabels], Api | None] = without_api
    # How it is connected from a terminal. None: in a way of its own, or through `new_secrets`.
    set_up: SetUp | None = None
    # Secrets for a connection of whoever asks, by the fields of `verifier`. None: the provider gives them out.
    new_secrets: Callable[[], Mapping[str, str]] | None = None

    @cached_property
    def events(self) -> Mapping[str, Event]:
        """By the provider's name: the files of its folder `events`, read when the first delivery is."""
        package = import_module(f"handlers.{self.word}.events")
        return find_events(package.__name__, list(package.__path__))

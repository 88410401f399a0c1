"""Event handlers, found by walking a package: adding an event is adding a file."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import msgspec

from handlers.incidents import BY_DEFAULT, IncidentLabels
from storage.records import Record, RepositoryKey


class Origin(NamedTuple):
    """What a handler may know beside the payload."""

    # Only for what has no time of its own and cannot do without.
    received_at: datetime
    # Where it came from: for payloads without an address in them.
    host: str
    # Which issues are incidents.
    incident_labels: IncidentLabels = BY_DEFAULT
    # Of repositories whose provider does not say it with every push, and where it is known by now.
    default_branches: Mapping[RepositoryKey, str] = MappingProxyType({})


class EventModule(Protocol):
    """One file of a provider's `events` package."""

    # What the provider calls it; several names when one payload serves several events.
    EVENT: str | tuple[str, ...]
    Payload: type[msgspec.Struct]
    handle: Callable[[Any, Origin], Iterator[Record]]


class Event(NamedTuple):
    payload: type[msgspec.Struct]
    decoder: msgspec.json.Decoder[msgspec.Struct]
    handle: Callable[[Any, Origin], Iterator[Record]]


def find_events(package: str, paths: list[str]) -> dict[str, Event]:
    """Every event that a module of the package handles, by the provider's name for it."""
    events: dict[str, Event] = {}
    for found in pkgutil.iter_modules(paths):
        module = cast(EventModule, importlib.import_module(f"{package}.{found.name}"))
        event = Event(module.Payload, msgspec.json.Decoder(module.Payload), module.handle)
        for name in (module.EVENT,) if isinstance(module.EVENT, str) else module.EVENT:
            assert name not in events, f"two modules handle {name}"
            events[name] = event
    return events

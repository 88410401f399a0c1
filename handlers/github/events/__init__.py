"""One file per event."""

from handlers.registry import find_events

EVENTS = find_events(__name__, list(__path__))

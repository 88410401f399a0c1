"""Which issues are incidents."""

from collections.abc import Iterable

INCIDENT_LABEL = "incident"


def names_incident(labels: Iterable[str]) -> bool:
    """Whether one of the labels says that the issue is an incident."""
    return any(label.strip().casefold() == INCIDENT_LABEL for label in labels)

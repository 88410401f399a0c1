"""What exactly a person asks about: a number (`lead_time`, `lead-time` or `Lead Time`), a service (`service:api`)."""

from collections.abc import Sequence

from bot.commands.naming import similar
from reports.numbers import METRICS

SERVICE = "service"
LONGEST = max(len(metric.split("_")) for metric in METRICS)


def read_metric(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The metric that the first words name, None when they name none; and the words left."""
    for length in range(min(LONGEST, len(words)), 0, -1):
        said = "_".join(words[:length]).replace("-", "_").lower()
        if said in METRICS:
            return said, list(words[length:])
    return None, list(words)


def read_service(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The service of `service:api`, wherever it stands, also as `service: api`; and the words left."""
    rest = list(words)
    for place, word in enumerate(rest):
        name, colon, service = word.partition(":")
        if colon and name.lower() == SERVICE:
            del rest[place]
            if not service and place < len(rest):
                service = rest.pop(place)
            return service or None, rest
    return None, rest


def likely_metrics(words: Sequence[str]) -> list[str]:
    """What words that are no period may have meant."""
    return similar("_".join(words[:LONGEST]), METRICS) or similar(words[0], METRICS) if words else []

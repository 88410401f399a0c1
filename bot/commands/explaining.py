"""Which number a person asks about: `lead_time`, `lead-time` or `Lead Time`, before a period."""

from collections.abc import Sequence

from bot.commands.naming import similar
from reports.numbers import METRICS

LONGEST = max(len(metric.split("_")) for metric in METRICS)


def read_metric(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The metric that the first words name, None when they name none; and the words left."""
    for length in range(min(LONGEST, len(words)), 0, -1):
        said = "_".join(words[:length]).replace("-", "_").lower()
        if said in METRICS:
            return said, list(words[length:])
    return None, list(words)


def likely_metrics(words: Sequence[str]) -> list[str]:
    """What words that are no period may have meant."""
    return similar("_".join(words[:LONGEST]), METRICS) or similar(words[0], METRICS) if words else []

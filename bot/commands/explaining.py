"""What exactly a person asks about: a number (`lead_time`, `lead-time` or `Lead Time`), a service (`service:api`)."""

from collections.abc import Sequence

from bot.commands.naming import similar
from reports.numbers import METRICS

SERVICE = "service"
# What people call them elsewhere.
ALSO_CALLED = {
    **dict.fromkeys(("frequency", "deployments", "df"), "deployment_frequency"),
    **dict.fromkeys(("leadtime", "lead_time_for_changes", "ltfc"), "lead_time"),
    **dict.fromkeys(("cfr", "failure_rate"), "change_failure_rate"),
    **dict.fromkeys(("mttr", "recovery", "time_to_restore"), "recovery_time"),
    **dict.fromkeys(("rework", "deployment_rework_rate"), "rework_rate"),
    **dict.fromkeys(("prs", "mrs", "merge_requests"), "pull_requests"),
}
LONGEST = max(len(metric.split("_")) for metric in (*METRICS, *ALSO_CALLED))


def read_metric(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The metric that the first words name, None when they name none; and the words left."""
    for length in range(min(LONGEST, len(words)), 0, -1):
        said = "_".join(words[:length]).replace("-", "_").lower()
        metric = ALSO_CALLED.get(said, said)
        if metric in METRICS:
            return metric, list(words[length:])
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

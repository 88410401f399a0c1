"""Deployments that two tools seem to have told: the provider, and a connection of its own.

Each tool has its own words for an environment: `Production` and `prod` are one place, `prod-eu` is another.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime, timedelta

from storage.linking.environments import place_of
from storage.linking.history import Deployment

# One deployment is over within minutes for whoever tells of it; the same commit deployed anew takes longer, or is told
# by the same tool.
LIMIT = timedelta(minutes=10)


def find_told_twice(deployments: Iterable[Deployment]) -> Iterator[tuple[datetime, Deployment]]:
    """The later one of each pair, with the time at which it finished. Nobody is in two pairs. `deployments`: those to
    production."""
    same: dict[Hashable, list[tuple[datetime, tuple[str, int, str], Deployment]]] = defaultdict(list)
    for one in deployments:
        if one.sha is not None and one.finished_at is not None:
            what = (one.service, place_of(one.environment_name), one.sha)
            same[what].append((one.finished_at, one.order, one))
    for alike in same.values():
        alone: list[tuple[datetime, Deployment]] = []
        for at, _, one in sorted(alike):
            alone = [(earlier, other) for earlier, other in alone if at - earlier <= LIMIT]
            pair = next((other for other in alone if teller_of(other[1]) != teller_of(one)), None)
            if pair is None:
                alone.append((at, one))
            else:
                alone.remove(pair)
                yield at, one


def teller_of(deployment: Deployment) -> str:
    """The connection that `deployment:42:jenkins` names; empty: the provider of the repository itself."""
    kind, *rest = deployment.key.split(":")
    return rest[-1] if kind == "deployment" and len(rest) > 1 else ""

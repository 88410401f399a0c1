"""Which deployments brought back what had been live before."""

from typing import NamedTuple

from storage.linking.graph import Graph
from storage.linking.history import Deployment
from storage.linking.reach import contains
from storage.linking.shipped import Chain


class Rollback(NamedTuple):
    # The success that brought the older SHA back, and the live deployment that it replaced.
    back: Deployment
    replaced: Deployment


def find_rollbacks(graph: Graph, chain: Chain) -> list[Rollback]:
    """A success whose SHA differs from the live one and had succeeded there before the live SHA first did.

    V1 V2 V1 is a rollback of V2; a second V2 after it is none. A SHA known to contain the live one is none either:
    an older deployment finished late, and the newer is put back.
    """
    rollbacks: list[Rollback] = []
    first: dict[str, int] = {}
    live: Deployment | None = None
    for place, deployment in enumerate(chain.successes):
        sha = deployment.sha
        if sha is not None and live is not None and live.sha is not None and sha != live.sha and sha in first:
            earlier = first[sha] < first[live.sha]
            if earlier and not _contains(graph, chain, sha, first[sha], live.sha):
                rollbacks.append(Rollback(deployment, live))
        if sha is not None:
            first.setdefault(sha, place)
        live = deployment
    return rollbacks


def _contains(graph: Graph, chain: Chain, sha: str, place: int, live: str) -> bool:
    """Whether `sha`, first deployed at `place`, has the live SHA in it. Walks only when the chain does not tell."""
    if live in graph.settled and live not in graph.places:
        # Its history is no longer kept; what came after the horizon has it.
        return sha not in graph.settled
    came = chain.came_with.get(live)
    if came is not None and came > place:
        return False
    return contains(graph, sha, live)

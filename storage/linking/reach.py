"""Walking the graph along a chain of deployments: what each of them has that none before it had."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from storage.linking.graph import Graph
from storage.linking.pushes import Place


class Reached(NamedTuple):
    exact: list[str]
    # Known from the order of merges only.
    estimated: list[str]
    # Behind what a first success claims: live already.
    live: list[str]


class Reach:
    """What a chain has had so far. Every node and every push is walked once, however many deployments follow."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.seen: set[str] = set()
        # How much of each push's list was walked.
        self._walked: dict[int, int] = {}

    def advance(self, sha: str, since: datetime | None = None) -> Reached:
        """What is reachable from `sha` and new to the chain.

        With `since` (a chain's first success) only the unbroken chain of pushes from that moment on is new; all
        behind it is live already.
        """
        live: list[str | Place] = []
        guesses: list[str] = []
        exact = self._walk([sha], since, live, guesses)
        estimated: list[str] = []
        while guesses:
            estimated += self._walk([guesses.pop()], since, live, guesses)
        behind = self._walk(live, None, [], guesses) if live else []
        while guesses:
            behind += self._walk([guesses.pop()], None, [], guesses)
        return Reached(exact, estimated, behind)

    def advance_as_compared(self, sha: str, commits: Sequence[str]) -> Reached:
        """What a compare with the SHA that was live says is new in `sha`, with the pull requests that it brought.

        All else that is reachable was live already, whether pushes had told so or not.
        """
        found: list[str] = []
        stack = list(commits)
        while stack:
            node = stack.pop()
            if node in self.seen:
                continue
            self.seen.add(node)
            found.append(node)
            stack += (link.sha for link in self._graph.links.get(node, ()))
        live: list[str | Place] = [sha]
        for node in found:
            live += self._graph.places.get(node, ())
        return Reached(found, [], self._walk(live, None, [], []))

    def _walk(
        self,
        start: Sequence[str | Place],
        since: datetime | None,
        live: list[str | Place],
        guesses: list[str],
        until: str | None = None,
    ) -> list[str]:
        """New nodes by what is told, up to `until`. What a first success does not claim ends up in `live`."""
        graph, seen = self._graph, self.seen
        found: list[str] = []
        stack: list[str | Place] = list(start)
        while stack:
            node = stack.pop()
            if isinstance(node, Place):
                stack.extend(self._open(node))
                continue
            if not node or node in seen:
                continue
            seen.add(node)
            found.append(node)
            if node == until:
                break
            for place in graph.places.get(node, ()):
                if since is None:
                    stack.extend(self._open(place))
                elif self._claims(place.push, since):
                    *brought, before = self._open(place) or ("",)
                    stack.extend(brought)
                    if before and before not in seen:
                        (stack if self._came_since(before, since) else live).append(before)
                else:
                    live.append(place)
            for link in graph.links.get(node, ()):
                (stack if since is None or link.at is None or link.at >= since else live).append(link.sha)
            if node in graph.compares:
                stack.extend(link.sha for link in graph.compares[node])
            for link in graph.estimates.get(node, ()):
                (guesses if since is None or link.at is None or link.at >= since else live).append(link.sha)
        return found

    def _open(self, place: Place) -> list[str]:
        """What a push brought before this place, and last the head it moved from (empty: none, or known already)."""
        done = self._walked.get(place.push, 0)
        if done > place.position:
            return []
        self._walked[place.push] = place.position + 1
        push = self._graph.pushes.all[place.push]
        before = push.before if done == 0 and not push.forced else ""
        return [*self._graph.pushes.sequences[place.push][done : place.position + 1], before]

    def _came_since(self, sha: str, since: datetime) -> bool:
        """Whether what a claimed push moved on from is itself to be claimed."""
        graph = self._graph
        if any(self._claims(place.push, since) for place in graph.places.get(sha, ())):
            return True
        return any(link.at is not None and link.at >= since for link in graph.links.get(sha, ()))

    def _claims(self, number: int, since: datetime) -> bool:
        """Whether a chain's first success claims what this push brought."""
        pushes = self._graph.pushes
        push = pushes.all[number]
        if push.time < since:
            return False
        return bool(push.before) or (push.on_default_branch and number not in pushes.imported)

    def finds(self, sha: str, other: str) -> bool:
        """Whether `other` is new to the chain and known to be in `sha`. Goes no farther than to there."""
        return self._walk([sha], None, [], [], until=other)[-1:] == [other]


def contains(graph: Graph, sha: str, other: str) -> bool:
    """Whether `other` is known to be in `sha`."""
    return Reach(graph).finds(sha, other)

"""From commits and the moves of branches to pushes, as webhooks would have told them. Pure."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from handlers.commits import BRANCH
from storage.records import Push, RepositoryKey

# Parents of each commit that is known, the first first.
Graph = Mapping[str, Sequence[str]]


class Move(NamedTuple):
    """A branch went from one commit to another; empty: it was made, or deleted."""

    ref: str
    before: str
    after: str
    forced: bool
    at: datetime


def pushes_of(
    moves: Iterable[Move],
    graph: Graph,
    key: RepositoryKey,
    default_branch: str | None,
    times: Mapping[str, datetime] | None = None,
) -> Iterator[Push]:
    """With the commits that each brought, oldest first. Of other branches those alone whose commits are known.

    A commit that is not known was made before the graph begins: the branch had it already. `times` of commits where
    webhooks tell none of the push: then it counts at the newest that it brought. They do not tell the order of pushes:
    what is pushed last may have been written first.
    """
    main = f"{BRANCH}{default_branch}"
    landed: set[str] = set()
    head = ""
    # The default branch first at each moment: what it has is nothing new on another one.
    for move in sorted(moves, key=lambda move: (move.at, move.ref != main)):
        on_default_branch = move.ref == main
        if move.after and move.after not in graph and not on_default_branch:
            continue
        if on_default_branch and move.before != head:
            landed |= ancestors(move.before, graph, landed)
        had = set() if on_default_branch else ancestors(move.before, graph, landed)
        shas = brought(move.after, graph, had, landed)
        if not on_default_branch and move.before and _goes_elsewhere(move, shas, graph, landed):
            # All that the branch did not have, also what the default branch has: it is new here.
            shas = brought(move.after, graph, ancestors(move.before, graph, ()), ())
        if on_default_branch:
            landed.update(shas)
            head = move.after
        yield Push(
            repository=key,
            ref=move.ref,
            before=move.before,
            after=move.after,
            forced=move.forced,
            on_default_branch=on_default_branch,
            time=max((times[sha] for sha in shas if sha in times), default=move.at) if times else move.at,
            commit_shas=tuple(shas),
            total_commits=len(shas),
        )


def _goes_elsewhere(move: Move, shas: Sequence[str], graph: Graph, landed: Container[str]) -> bool:
    """Whether what the default branch has may have come to a branch: by a merge, forwards to it, or forced onto it."""
    return move.forced or move.after in landed or any(len(graph[sha]) > 1 for sha in shas)


def moves_along(head: str, graph: Graph, times: Mapping[str, datetime], ref: str) -> list[Move]:
    """Without a record of pushes, oldest first: every commit on the branch's own line is one, at its commit time.

    Commits of the same second came together: a rebase wrote them. None came before its parent did, whatever the clocks
    of those who wrote them.
    """
    line: list[str] = []
    sha = head
    while sha in graph:
        line.append(sha)
        sha = graph[sha][0] if graph[sha] else ""
    moves: list[Move] = []
    before = sha
    for sha, following in zip_longest(reversed(line), reversed(line[:-1])):
        if following is not None and times[following] == times[sha]:
            continue
        at = max(times[sha], moves[-1].at) if moves else times[sha]
        moves.append(Move(ref, before, sha, forced=False, at=at))
        before = sha
    return moves


def ancestors(sha: str, graph: Graph, known: Container[str]) -> set[str]:
    """With itself, also when it is not in the graph; without what is `known`, and all behind that."""
    if not sha or sha in known:
        return set()
    found = {sha}
    waiting = [sha]
    while waiting:
        for parent in graph.get(waiting.pop(), ()):
            if parent not in found and parent not in known:
                found.add(parent)
                waiting.append(parent)
    return found


def brought(after: str, graph: Graph, had: Container[str], landed: Container[str]) -> list[str]:
    """What is reachable and was not there, parents before children; a merge's own line before the merged one."""
    order: list[str] = []
    seen: set[str] = set()
    stack: list[tuple[str, bool]] = [(after, False)]
    while stack:
        sha, done = stack.pop()
        if done:
            order.append(sha)
        elif sha in graph and sha not in had and sha not in landed and sha not in seen:
            seen.add(sha)
            stack.append((sha, True))
            stack += [(parent, False) for parent in reversed(graph[sha])]
    return order

"""Which deployment shipped what: along each chain of production deployments, then the earliest of all chains."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.linking.belonging import Belonging
from storage.linking.changes import COMMIT, PULL_REQUEST, Change, ChangeKey
from storage.linking.environments import PRODUCTION
from storage.linking.graph import Graph
from storage.linking.history import Deployment, History, MergedPullRequest, order_of
from storage.linking.reach import Reach
from storage.linking.rows import NEGATIVE

# How far back a chain's first success claims changes; older ones count as live already.
FIRST_CLAIM = timedelta(days=30)


class ChainKey(NamedTuple):
    service: str
    environment_name: str


class Chain(NamedTuple):
    """Production deployments to one environment, and what each of their successes was the first to have."""

    key: ChainKey
    deployments: Sequence[Deployment]
    # In the order of their first success.
    successes: Sequence[Deployment]
    # SHA -> the place in `successes` where it came into the chain.
    came_with: dict[str, int]
    # Successes that pushes do not connect with the SHA that was live before: only a compare can tell what they brought.
    untold: list[tuple[str, Deployment]]
    # What the first success had and did not claim.
    live_already: Set[str] = frozenset()
    # Of each success the changes that came into this chain with it, wherever else they were before.
    brought: Mapping[str, Set[ChangeKey]] = {}


class Shipment(NamedTuple):
    """A change and the deployment that shipped it. `negative`: it finished before the merge that it contains."""

    change: ChangeKey
    service: str
    deployment_key: str
    shipped_at: datetime
    negative: bool
    estimated: bool

    @property
    def order(self) -> tuple[datetime, tuple[str, int, str]]:
        return (self.shipped_at, order_of(self.deployment_key))


class Shipping(NamedTuple):
    chains: list[Chain]
    # Every merged pull request and commit that was shipped, also those that are no changes, by service.
    shipments: dict[tuple[str, ChangeKey], Shipment]


def find_chains(history: History) -> list[list[Deployment]]:
    """Production deployments by service and the provider's environment name."""
    chains: dict[ChainKey, list[Deployment]] = defaultdict(list)
    for deployment in history.deployments:
        if deployment.environment == PRODUCTION:
            chains[ChainKey(deployment.service, deployment.environment_name)].append(deployment)
    return [chains[key] for key in sorted(chains)]


class _Sign(NamedTuple):
    """A SHA by which a change is known to be in a deployment."""

    change: ChangeKey
    # None: a commit.
    merged_at: datetime | None
    is_head: bool


def ship(
    history: History,
    graph: Graph,
    merged: list[MergedPullRequest],
    changes: dict[ChangeKey, Change],
    belonging: Belonging,
) -> Shipping:
    """Walk every chain once; of several environments of a service the earliest ships. A change ships with the services
    that it belongs to; one that belongs to none ships with the first deployment of any, for the repository alone."""
    signs = _signs(merged, changes)
    standing = {
        (row.service, ChangeKey(row.kind, row.key)): Shipment(
            ChangeKey(row.kind, row.key),
            row.service,
            row.deployment_key,
            row.shipped_at,
            row.left_out == NEGATIVE,
            row.estimated,
        )
        for row in history.frozen.shipped
    }
    shipments = dict(standing)
    chains: list[Chain] = []
    for deployments in find_chains(history):
        chain, shipped = _walk(deployments, graph, signs)
        brought: dict[str, set[ChangeKey]] = defaultdict(set)
        chains.append(chain._replace(brought=brought))
        for change, shipment in shipped.items():
            if belonging.has(shipment.service, change):
                brought[shipment.deployment_key].add(change)
            elif not belonging.is_shared(change):
                continue
            service = "" if belonging.is_shared(change) else shipment.service
            if (service, change) in standing or history.frozen.stands(shipment.shipped_at):
                continue
            known = shipments.get((service, change))
            if known is None or shipment.order < known.order:
                shipments[service, change] = shipment._replace(service=service)
    return Shipping(chains, shipments)


def _signs(merged: list[MergedPullRequest], changes: dict[ChangeKey, Change]) -> dict[str, list[_Sign]]:
    """Every merged pull request by its merge SHA and by its head's; every direct commit by its own."""
    signs: dict[str, list[_Sign]] = defaultdict(list)
    for change in changes:
        if change.kind == COMMIT:
            signs[change.key].append(_Sign(change, None, is_head=False))
    for merged_at, number, pr in merged:
        change = ChangeKey(PULL_REQUEST, str(number))
        if pr.head_sha:
            signs[pr.head_sha].append(_Sign(change, merged_at, is_head=True))
        if pr.merge_sha and pr.merge_sha != pr.head_sha:
            signs[pr.merge_sha].append(_Sign(change, merged_at, is_head=False))
    return signs


def _walk(
    deployments: Sequence[Deployment], graph: Graph, signs: dict[str, list[_Sign]]
) -> tuple[Chain, dict[ChangeKey, Shipment]]:
    key = ChainKey(deployments[0].service, deployments[0].environment_name)
    successes = sorted(
        (one for one in deployments if one.first_succeeded_at is not None),
        key=lambda one: (one.first_succeeded_at or one.time, one.order),
    )
    came_with: dict[str, int] = {}
    live_already: set[str] = set()
    shipped: dict[ChangeKey, Shipment] = {}
    untold: list[tuple[str, Deployment]] = []
    reach = Reach(graph)
    live: str | None = None
    for place, deployment in enumerate(successes):
        at, sha = deployment.first_succeeded_at, deployment.sha
        if sha is None or at is None:
            continue
        if live is None:
            reached = reach.advance(sha, at - FIRST_CLAIM)
        elif (live, sha) in graph.compared:
            reached = reach.advance_as_compared(sha, graph.compared[live, sha])
        else:
            if not graph.is_told(sha, reach.seen):
                untold.append((live, deployment))
            reached = reach.advance(sha)
        live = sha
        live_already.update(reached.live)
        for shas, estimated in ((reached.exact, False), (reached.estimated, True)):
            for one in shas:
                came_with[one] = place
                for sign in signs.get(one, ()):
                    # Within a chain the first that has a change ships it; a merge SHA says more than a head.
                    known = shipped.get(sign.change)
                    if known is None or (known.deployment_key == deployment.key and not sign.is_head):
                        shipped[sign.change] = _shipment(sign, key.service, deployment.key, at, estimated)
    return Chain(key, deployments, successes, came_with, untold, live_already), shipped


def _shipment(sign: _Sign, service: str, deployment_key: str, at: datetime, estimated: bool) -> Shipment:
    """A head that was deployed before its merge ships at the merge; a merge SHA cannot be deployed before it."""
    early = sign.merged_at is not None and at < sign.merged_at
    shipped_at = sign.merged_at if sign.merged_at is not None and early and sign.is_head else at
    return Shipment(sign.change, service, deployment_key, shipped_at, early and not sign.is_head, estimated)

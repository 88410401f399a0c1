"""Which deployment shipped what: along each chain of production deployments, then the earliest of all chains."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.linking.changes import COMMIT, PULL_REQUEST, Change, ChangeKey
from storage.linking.graph import Graph
from storage.linking.history import Deployment, History, MergedPullRequest
from storage.linking.reach import Reach

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


class Shipment(NamedTuple):
    """A change and the deployment that shipped it. `negative`: it finished before the merge that it contains."""

    change: ChangeKey
    service: str
    deployment_key: str
    shipped_at: datetime
    negative: bool
    estimated: bool


class Shipping(NamedTuple):
    chains: list[Chain]
    # Every merged pull request and commit that was shipped, also those that are no changes, by service.
    shipments: dict[tuple[str, ChangeKey], Shipment]


def find_chains(history: History) -> list[list[Deployment]]:
    """Production deployments by service and the provider's environment name."""
    chains: dict[ChainKey, list[Deployment]] = defaultdict(list)
    for deployment in history.deployments:
        if deployment.environment == "production":
            chains[ChainKey(deployment.service, deployment.environment_name)].append(deployment)
    return [chains[key] for key in sorted(chains)]


def ship(history: History, graph: Graph, merged: list[MergedPullRequest], changes: dict[ChangeKey, Change]) -> Shipping:
    """Walk every chain once; of several environments of a service the earliest ships."""
    by_merge: dict[str, list[MergedPullRequest]] = defaultdict(list)
    by_head: dict[str, list[MergedPullRequest]] = defaultdict(list)
    for entry in merged:
        if entry.pr.merge_sha and entry.pr.merge_sha != entry.pr.head_sha:
            by_merge[entry.pr.merge_sha].append(entry)
        if entry.pr.head_sha:
            by_head[entry.pr.head_sha].append(entry)
    shipments: dict[tuple[str, ChangeKey], Shipment] = {}
    chains: list[Chain] = []
    for deployments in find_chains(history):
        key = ChainKey(deployments[0].service, deployments[0].environment_name)
        successes = [
            deployment
            for _, _, deployment in sorted(
                (deployment.first_succeeded_at, deployment.order, deployment)
                for deployment in deployments
                if deployment.first_succeeded_at is not None
            )
        ]
        came_with: dict[str, int] = {}
        own: dict[ChangeKey, Shipment] = {}
        reach = Reach(graph)
        first = True
        for place, deployment in enumerate(successes):
            if deployment.sha is None or deployment.first_succeeded_at is None:
                continue
            at = deployment.first_succeeded_at
            reached = reach.advance(deployment.sha, at - FIRST_CLAIM if first else None)
            first = False
            for shas, estimated in ((reached.exact, False), (reached.estimated, True)):
                for sha in shas:
                    came_with[sha] = place
                    for entry in by_merge.get(sha, ()):
                        change = ChangeKey(PULL_REQUEST, str(entry.number))
                        _keep(own, Shipment(change, key.service, deployment.key, at, at < entry.merged_at, estimated))
                    commit = ChangeKey(COMMIT, sha)
                    if commit in changes:
                        _keep(own, Shipment(commit, key.service, deployment.key, at, False, estimated))
                for sha in shas:
                    for entry in by_head.get(sha, ()):
                        change = ChangeKey(PULL_REQUEST, str(entry.number))
                        moment = max(at, entry.merged_at)
                        _keep(own, Shipment(change, key.service, deployment.key, moment, False, estimated))
        chains.append(Chain(key, deployments, successes, came_with))
        for change, shipment in own.items():
            known = shipments.get((key.service, change))
            if known is None or _order(shipment) < _order(known):
                shipments[key.service, change] = shipment
    return Shipping(chains, shipments)


def _keep(own: dict[ChangeKey, Shipment], shipment: Shipment) -> None:
    """Within a chain the first deployment that has a change ships it; its merge SHA says more than its head."""
    own.setdefault(shipment.change, shipment)


def _order(shipment: Shipment) -> tuple[datetime, str]:
    return (shipment.shipped_at, shipment.deployment_key)

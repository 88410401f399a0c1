"""Everything that says a production deployment failed, or that it did not."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.linking.changes import PULL_REQUEST, ChangeKey, Changes
from storage.linking.graph import Graph
from storage.linking.history import Deployment, History, Incident, Mark
from storage.linking.incidents import link_incidents
from storage.linking.naming import REVERT
from storage.linking.repairs import Repair, Repairs
from storage.linking.rollbacks import Rollback, find_rollbacks
from storage.linking.shipped import Chain, Shipping

# How long after a deployment went live a revert or hotfix still tells that it failed.
REPAIR_LIMIT = timedelta(days=14)

MARK = "mark"
STATUS = "status"
ROLLBACK = "rollback"
INCIDENT = "incident"


class Evidence(NamedTuple):
    """One thing that speaks; the first in the list of a deployment decides."""

    deployment_key: str
    # mark, status, rollback, revert, hotfix, incident
    kind: str
    source: str
    at: datetime
    url: str | None = None
    # When what it tells of was over: the rollback, the success that ships the repair (None: not yet).
    over_at: datetime | None = None
    # A mark: failed or ok.
    failed: bool = True


class AllEvidence(NamedTuple):
    # Of each deployment, strongest first: mark, status, rollback, revert or hotfix, incident.
    by_deployment: dict[str, list[Evidence]]
    incidents: dict[str, list[Incident]]
    unlinked: list[Incident]
    rollbacks: list[Rollback]
    # Marks that tell when a deployment's failure was over.
    recovered: dict[str, list[datetime]]


def find_evidence(
    history: History, graph: Graph, changes: Changes, shipping: Shipping, repairs: Repairs
) -> AllEvidence:
    found: dict[str, list[Evidence]] = defaultdict(list)
    marks, recovered = _latest_marks(history)
    for key, mark in marks.items():
        found[key].append(Evidence(key, MARK, mark.marked_by, mark.at, failed=mark.mark == "failed"))
    for deployment in history.deployments:
        if deployment.first_failed_at is not None:
            key = deployment.key
            found[key].append(Evidence(key, STATUS, key, deployment.first_failed_at, deployment.url))
    rollbacks = [rollback for chain in shipping.chains for rollback in find_rollbacks(graph, chain)]
    for back, replaced in rollbacks:
        at = back.first_succeeded_at or back.time
        found[replaced.key].append(Evidence(replaced.key, ROLLBACK, back.key, at, back.url, over_at=at))
    repaired = _repairs(history, changes, shipping, repairs)
    for evidence in repaired:
        found[evidence.deployment_key].append(evidence)
    excused = {key for key, mark in marks.items() if mark.mark == "ok"}
    undone = _reverted(changes, shipping, repaired) | {back.key: replaced for back, replaced in rollbacks}
    incidents = link_incidents(history, shipping, changes.owner, undone, excused)
    for key, linked in incidents.by_deployment.items():
        found[key].extend(
            Evidence(key, INCIDENT, incident.key, incident.opened_at, incident.url, over_at=incident.closed_at)
            for incident in linked
        )
    return AllEvidence(found, incidents.by_deployment, incidents.unlinked, rollbacks, recovered)


def _latest_marks(history: History) -> tuple[dict[str, Mark], dict[str, list[datetime]]]:
    """The latest of failed, ok and withdrawn decides; withdrawn is as if never marked, recovered included."""
    latest: dict[str, Mark] = {}
    recovered: dict[str, list[datetime]] = defaultdict(list)
    for mark in sorted(history.marks, key=lambda mark: (mark.at, mark.mark, mark.marked_by)):
        if mark.mark == "recovered":
            recovered[mark.deployment_key].append(mark.at)
        elif mark.mark == "withdrawn":
            latest.pop(mark.deployment_key, None)
            recovered.pop(mark.deployment_key, None)
        else:
            latest[mark.deployment_key] = mark
    return latest, recovered


def _repairs(history: History, changes: Changes, shipping: Shipping, repairs: Repairs) -> list[Evidence]:
    """Reverts and hotfixes, by their merges: each marks the deployments that it names or that shipped what it names."""
    if not repairs.repairs:
        return []
    live: dict[str, tuple[Chain, int]] = {}
    by_name: dict[str, list[Deployment]] = defaultdict(list)
    for chain in shipping.chains:
        for place, deployment in enumerate(chain.successes):
            live[deployment.key] = (chain, place)
            by_name[deployment.number].append(deployment)
            if deployment.sha:
                by_name[deployment.sha].append(deployment)
    services = sorted({service for service, _ in shipping.shipments})
    found: list[Evidence] = []
    for repair in sorted(repairs.repairs, key=lambda repair: (changes.changes[repair.change].merged_at, repair.change)):
        change = changes.changes[repair.change]
        shipped = [shipment for service in services if (shipment := shipping.shipments.get((service, repair.change)))]
        over_at = min((shipment.shipped_at for shipment in shipped), default=None)
        carriers = {shipment.deployment_key for shipment in shipped}
        blamed = {
            shipment.deployment_key
            for named in repair.named
            for service in services
            if (shipment := shipping.shipments.get((service, named))) is not None
        }
        # By its own number; or by its SHA, when that belongs to no change.
        for name in repair.deployments if repair.named else repair.deployments | repair.shas:
            named_ones = sorted(by_name.get(name, ()), key=lambda one: (one.first_succeeded_at or one.time, one.order))
            blamed.update(one.key for one in named_ones[:1])
        # What shipped it may be so old that its row is gone.
        for key in sorted((blamed - carriers) & live.keys()):
            chain, place = live[key]
            went_live = chain.successes[place].first_succeeded_at
            came = chain.came_with.get(_sha(history, repair) or "")
            contained = came is not None and came <= place
            if went_live is not None and not contained and change.merged_at <= went_live + REPAIR_LIMIT:
                source = named_change(repair.change)
                found.append(Evidence(key, repair.kind, source, change.merged_at, change.url, over_at=over_at))
    return found


def _reverted(changes: Changes, shipping: Shipping, repaired: list[Evidence]) -> dict[str, Deployment]:
    """Of each success that brought its chain only reverts, the deployment that all of them took back: the newest of its
    service before it. Where several environments get one revert, the first ships it and all of them bring it."""
    blamed: dict[str, set[str]] = defaultdict(set)
    for evidence in repaired:
        if evidence.kind == REVERT:
            blamed[evidence.source].add(evidence.deployment_key)
    if not blamed:
        return {}
    brought = [(key, change) for chain in shipping.chains for key, its in chain.brought.items() for change in its]
    # What stands is no longer walked.
    brought += [(shipment.deployment_key, change) for (_, change), shipment in shipping.shipments.items()]
    taken_back: dict[str, set[str]] = {}
    for key, change in brought:
        if change in changes.changes and not changes.changes[change].is_bot:
            named = blamed.get(named_change(change), set())
            taken_back[key] = taken_back.get(key, named) & named
    successes = {one.key: one for chain in shipping.chains for one in chain.successes}
    undone: dict[str, Deployment] = {}
    for key in taken_back.keys() & successes.keys():
        success = successes[key]
        before = [
            (one.service == success.service, at, one.order, one)
            for one in map(successes.__getitem__, sorted(taken_back[key] & successes.keys()))
            if success.first_succeeded_at is not None
            and (at := one.first_succeeded_at) is not None
            and at < success.first_succeeded_at
        ]
        if before:
            undone[key] = max(before)[-1]
    return undone


def _sha(history: History, repair: Repair) -> str | None:
    if repair.change.kind == PULL_REQUEST:
        return history.pull_requests[int(repair.change.key)].landing
    return repair.change.key


def named_change(key: ChangeKey) -> str:
    """How notes and evidence name a change: "pull_request:12"."""
    return f"{key.kind}:{key.key}"

"""Which deployment an incident is to blame on."""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from storage.linking.changes import COMMIT, PULL_REQUEST, ChangeKey
from storage.linking.environments import PRODUCTION
from storage.linking.history import Deployment, History, Incident
from storage.linking.shipped import Shipping

# How long after a success an incident that names nothing is still put down to it.
BLAME = timedelta(hours=72)


class Linked(NamedTuple):
    # Deployment key -> its incidents, by their opening.
    by_deployment: dict[str, list[Incident]]
    unlinked: list[Incident]


def link_incidents(
    history: History, shipping: Shipping, owner: dict[str, int], undone: dict[str, Deployment], excused: set[str]
) -> Linked:
    """Named deployment or SHA, else the last production success at most 72 h before, or what that undid.

    `undone`: of a rollback, and of what shipped only reverts, what had failed before it. `excused`: a person said ok.
    """
    found: dict[str, list[Incident]] = defaultdict(list)
    unlinked: list[Incident] = []
    if history.incidents:
        blame = _Blame(history, shipping, owner, undone)
        for incident in sorted(history.incidents, key=lambda incident: (incident.opened_at, incident.key)):
            deployment = blame.find(incident)
            if deployment is None or deployment.finished_at is None or deployment.key in excused:
                unlinked.append(incident)
            else:
                found[deployment.key].append(incident)
    return Linked(found, unlinked)


class _Blame:
    def __init__(
        self, history: History, shipping: Shipping, owner: dict[str, int], undone: dict[str, Deployment]
    ) -> None:
        self._shipping = shipping
        self._undone = undone
        self._owner = owner
        self._known = {deployment.key: deployment for deployment in history.deployments}
        self._by_number: dict[str, list[Deployment]] = defaultdict(list)
        for deployment in history.deployments:
            self._by_number[deployment.number].append(deployment)
        self._by_sha: dict[str, list[Deployment]] = defaultdict(list)
        self._successes: dict[str, list[tuple[datetime, Deployment]]] = defaultdict(list)
        for deployment in sorted(history.deployments, key=lambda deployment: (deployment.time, deployment.order)):
            if deployment.environment == PRODUCTION and deployment.sha and deployment.finished_at is not None:
                self._by_sha[deployment.sha].append(deployment)
        successes = sorted(
            (deployment.first_succeeded_at, deployment.order, deployment)
            for chain in shipping.chains
            for deployment in chain.successes
            if deployment.first_succeeded_at is not None
        )
        self._places = {
            deployment.key: (chain, place)
            for chain in shipping.chains
            for place, deployment in enumerate(chain.successes)
        }
        for at, _, deployment in successes:
            self._successes[deployment.service].append((at, deployment))

    def find(self, incident: Incident) -> Deployment | None:
        named = self._named(incident.deployment_key)
        if named is not None:
            # It names one of another environment: none of production is to blame.
            return named if named.environment == PRODUCTION else None
        return (self._of_sha(incident) if incident.sha else None) or self._last_success(incident)

    def _named(self, key: str | None) -> Deployment | None:
        """By its key; by its number, when only one of production (or only one at all) has it."""
        if key is None or key in self._known:
            return self._known.get(key or "")
        same = self._by_number.get(key, [])
        found = [one for one in same if one.environment == PRODUCTION] or same
        return found[0] if len(found) == 1 else None

    def _of_sha(self, incident: Incident) -> Deployment | None:
        """The last deployment of the SHA before the incident, else its first, else the one that shipped its change."""
        sha = incident.sha or ""
        deployed = self._by_sha.get(sha, [])
        if deployed:
            before = [one for one in deployed if one.finished_at is not None and one.finished_at <= incident.opened_at]
            return before[-1] if before else deployed[0]
        change = ChangeKey(PULL_REQUEST, str(self._owner[sha])) if sha in self._owner else ChangeKey(COMMIT, sha)
        services = {service for service, _ in self._shipping.shipments}
        shipments = [
            shipment
            for service in services
            if (shipment := self._shipping.shipments.get((service, change))) is not None
        ]
        if not shipments:
            return None
        earliest = min(shipments, key=lambda shipment: shipment.order)
        return self._known.get(earliest.deployment_key)

    def _last_success(self, incident: Incident) -> Deployment | None:
        """Of the service that it names, else of those its source is mapped to, else of the repository."""
        named = {service for service in self._successes if service.casefold() == (incident.service or "").casefold()}
        services = (named if incident.service else set()) or set(incident.services) & set(self._successes)
        services = services or set(self._successes)
        last: tuple[datetime, Deployment] | None = None
        for service in sorted(services):
            line = self._successes[service]
            count = bisect_right(line, incident.opened_at, key=itemgetter(0))
            if count and (last is None or line[count - 1][0] >= last[0]):
                last = line[count - 1]
        if last is None or incident.opened_at - last[0] > BLAME:
            return None
        # Often it is filed when all is repaired already.
        blamed = last[1]
        while (failed := self._undone_by(blamed)) is not None:
            blamed = failed
        return blamed

    def _undone_by(self, success: Deployment) -> Deployment | None:
        """What had failed when a success only brought back what had been live: the one that it rolled back or whose
        changes it reverted, or the first of the failed statuses since."""
        chain, place = self._places.get(success.key, (None, 0))
        if success.key in self._undone or chain is None or place == 0 or success.first_failed_at is not None:
            return self._undone.get(success.key)
        live = chain.successes[place - 1]
        since, until = live.first_succeeded_at, success.first_succeeded_at
        if live.sha != success.sha or live.sha is None or since is None or until is None:
            return None
        failed = [
            (one.first_failed_at, one.order, one)
            for one in chain.deployments
            if one.first_failed_at is not None and since <= one.first_failed_at <= until
        ]
        return min(failed)[2] if failed else None

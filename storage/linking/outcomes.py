"""Whether each deployment succeeded or failed, when a failure showed and when it was over, and what was unplanned."""

from bisect import bisect_left
from datetime import datetime
from typing import NamedTuple

from storage.linking.changes import Change, ChangeKey
from storage.linking.evidence import INCIDENT, MARK, STATUS, AllEvidence, Evidence
from storage.linking.history import Deployment, History, Incident, Outcome
from storage.linking.shipped import Chain, Shipping

SUCCEEDED = "succeeded"
FAILED = "failed"


class Failure(NamedTuple):
    failed_at: datetime
    # None: still open.
    recovered_at: datetime | None
    counts_recovery: bool


def find_outcomes(
    history: History,
    shipping: Shipping,
    changes: dict[ChangeKey, Change],
    unplanned_kinds: dict[ChangeKey, str],
    evidence: AllEvidence,
) -> dict[str, Outcome]:
    """The outcome of every deployment. Only finished ones have one; chains and recovery are production's alone."""
    found = evidence.by_deployment
    failures: dict[str, Failure] = {}
    for chain in shipping.chains:
        failures.update(_failures(chain, evidence))
    rollbacks = {back.key for back, _ in evidence.rollbacks}
    unplanned = rollbacks | _repairing(shipping, changes, unplanned_kinds)
    outcomes: dict[str, Outcome] = {}
    for deployment in history.deployments:
        key = deployment.key
        if deployment.finished_at is None:
            outcomes[key] = Outcome(environment=deployment.environment, service=deployment.service)
            continue
        spoken = found.get(key)
        failed = spoken is not None and spoken[0].failed
        failure = failures.get(key)
        outcomes[key] = Outcome(
            outcome=FAILED if failed else SUCCEEDED,
            failed_at=failure.failed_at if failure else None,
            recovered_at=failure.recovered_at if failure else None,
            counts_recovery=failure.counts_recovery if failure else False,
            unplanned=key in unplanned,
            rollback=key in rollbacks,
            environment=deployment.environment,
            service=deployment.service,
        )
    return outcomes


def _repairing(shipping: Shipping, changes: dict[ChangeKey, Change], unplanned_kinds: dict[ChangeKey, str]) -> set[str]:
    """Deployments that ship at least one change and only reverts, hotfixes or incident fixes; bots' do not matter."""
    planned: dict[str, bool] = {}
    for (_, key), shipment in shipping.shipments.items():
        if key in changes and not changes[key].is_bot:
            is_planned = key not in unplanned_kinds
            planned[shipment.deployment_key] = planned.get(shipment.deployment_key, False) or is_planned
    return {key for key, is_planned in planned.items() if not is_planned}


def _failures(chain: Chain, evidence: AllEvidence) -> dict[str, Failure]:
    """The failed deployments of a chain."""
    failed: list[tuple[Deployment, Evidence]] = []
    for deployment in chain.deployments:
        spoken = evidence.by_deployment.get(deployment.key)
        if deployment.finished_at is not None and spoken and spoken[0].failed:
            failed.append((deployment, spoken[0]))
    if not failed:
        return {}
    streaks = _streaks(chain, {deployment.key for deployment, _ in failed})
    successes = [at for deployment in chain.successes if (at := deployment.first_succeeded_at) is not None]
    places = {deployment.key: place for place, deployment in enumerate(chain.successes)}
    failures: dict[str, Failure] = {}
    for deployment, deciding in failed:
        following = _next_success(deployment, successes, places.get(deployment.key))
        failures[deployment.key] = _failure(deployment, deciding, following, streaks, evidence)
    return failures


def _streaks(chain: Chain, failed: set[str]) -> dict[str, tuple[datetime, bool]]:
    """Of each failed status: when its streak began, and whether it began it. Any success ends a streak."""
    moments: list[tuple[datetime, bool, tuple[str, int, str], str]] = []
    for deployment in chain.deployments:
        # Within one second failed comes before success.
        if deployment.first_failed_at is not None and deployment.key in failed:
            moments.append((deployment.first_failed_at, False, deployment.order, deployment.key))
        if deployment.first_succeeded_at is not None:
            moments.append((deployment.first_succeeded_at, True, deployment.order, deployment.key))
    began: datetime | None = None
    streaks: dict[str, tuple[datetime, bool]] = {}
    for at, success, _, key in sorted(moments):
        if success:
            began = None
        else:
            streaks[key] = (began or at, began is None)
            began = began or at
    return streaks


def _failure(
    deployment: Deployment,
    deciding: Evidence,
    following: datetime | None,
    streaks: dict[str, tuple[datetime, bool]],
    evidence: AllEvidence,
) -> Failure:
    finished = deployment.finished_at or deployment.time
    began, counts = streaks.get(deployment.key, (None, True))
    incidents = evidence.incidents.get(deployment.key, [])
    recovered_at = following if deciding.kind in (MARK, STATUS) else deciding.over_at
    if deciding.kind == INCIDENT:
        recovered_at = _end_of_all(incidents)
    shown = [incident.opened_at for incident in incidents]
    if recovered_at is not None and deciding.kind != INCIDENT:
        # Filed when all was over, it does not tell when that began.
        shown = [opened_at for opened_at in shown if opened_at <= recovered_at]
    if began is not None:
        shown.append(began)
    if deciding.kind == MARK:
        # Marked when a later success had already finished: it showed long before somebody said so.
        shown.append(finished if following is not None and following < deciding.at else deciding.at)
    failed_at = min(shown, default=finished)
    told = [at for at in evidence.recovered.get(deployment.key, ()) if at >= failed_at]
    if told and (recovered_at is None or told[0] < recovered_at):
        recovered_at = told[0]
    return Failure(failed_at, recovered_at, counts)


def _next_success(deployment: Deployment, successes: list[datetime], place: int | None) -> datetime | None:
    """The next success of the chain: after its failed status (its own may follow), else after its own success."""
    if deployment.first_failed_at is not None:
        following = bisect_left(successes, deployment.first_failed_at)
    else:
        following = len(successes) if place is None else place + 1
    return successes[following] if following < len(successes) else None


def _end_of_all(incidents: list[Incident]) -> datetime | None:
    """The end of the last one; None while one is open."""
    ends = [incident.closed_at for incident in incidents]
    closed = [end for end in ends if end is not None]
    return max(closed) if len(closed) == len(ends) else None


def negative_recoveries(outcomes: dict[str, Outcome]) -> dict[str, datetime]:
    """Failures whose end lies before their start, with that end."""
    return {
        key: outcome.recovered_at
        for key, outcome in outcomes.items()
        if outcome.recovered_at is not None
        and outcome.failed_at is not None
        and outcome.recovered_at < outcome.failed_at
    }

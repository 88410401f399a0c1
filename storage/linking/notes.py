"""What linking left out or had to assume. All kinds of `link_notes`, in one place."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from storage.linking import environments
from storage.linking.belonging import Belonging
from storage.linking.changes import ChangeKey
from storage.linking.counted import Counted
from storage.linking.evidence import AllEvidence, named_change
from storage.linking.graph import Graph
from storage.linking.history import History
from storage.linking.pushes import Pushes
from storage.linking.rows import NEGATIVE, Note, ShippedRow
from storage.linking.shipped import Shipping
from storage.linking.twice import find_told_twice

# A default branch was created with commits older than the repository: they ship nothing. Subject: the head's SHA.
IMPORTED_HISTORY = "imported_history"
# A production deployment was canceled: it finished nothing and is not counted. Subject: its key.
CANCELED = "canceled"
# A deployed SHA that no push, pull request or compare names: what it shipped is not known. Subject: the key.
UNKNOWN_SHA = "unknown_sha"
# A deployed SHA that pushes do not connect with what was live before, and no compare has told yet: it may have shipped
# more. Subject: the key.
UNTOLD_SHIPPING = "untold_shipping"
# A push to the default branch carried more commits than the provider tells. Subject: the head's SHA.
CUT_PUSH = "cut_push"
# A change was found in its deployment by the order of merges only. Subject: "pull_request:12" or "commit:<sha>".
ESTIMATED_SHIPPING = "estimated_shipping"
# A deployment finished before the merge (or the commit) it contains: left out of the lead time. Subject: the change.
NEGATIVE_LEAD_TIME = "negative_lead_time"
# A failure's end lies before its start: left out of the recovery time. Subject: the deployment's key.
NEGATIVE_RECOVERY = "negative_recovery"
# No production deployment is to blame for an incident: it is in no rate. Subject: its key.
INCIDENT_WITHOUT_DEPLOYMENT = "incident_without_deployment"
# Another tool told a production deployment of the same commit to the same environment shortly before: it may be that
# one. Subject: the later one's key.
TOLD_TWICE = "told_twice"
# A production deployment to an environment that settings leave out. Subject: its key.
ENVIRONMENT_LEFT_OUT = "environment_left_out"
# A production deployment of a repository with services that is of none of them. Subject: its key.
NO_SERVICE = "no_service"
# Services are told apart by files, and those of a shipped change are not known: it counts for every service. Subject:
# the change.
UNKNOWN_FILES = "unknown_files"


def find_notes(
    history: History,
    graph: Graph,
    shipping: Shipping,
    shipped: Iterable[ShippedRow],
    evidence: AllEvidence,
    negative_recoveries: dict[str, datetime],
) -> set[Note]:
    found = {*_of_pushes(graph.pushes), *_of_deployments(history, graph, shipping), *_of_changes(shipped)}
    found.update(Note(NEGATIVE_RECOVERY, key, at) for key, at in negative_recoveries.items())
    found.update(Note(INCIDENT_WITHOUT_DEPLOYMENT, incident.key, incident.opened_at) for incident in evidence.unlinked)
    return found


def notes_of_settings(counted: Counted, belonging: Belonging, shipped: Iterable[ShippedRow]) -> set[Note]:
    """What settings make of deployments and changes."""
    found = {
        Note(ENVIRONMENT_LEFT_OUT, one.key, one.finished_at) for one in counted.left_out if one.finished_at is not None
    }
    if counted.history.settings.services:
        found.update(
            Note(NO_SERVICE, one.key, one.finished_at)
            for one in counted.history.deployments
            if one.environment == environments.PRODUCTION and not one.service and one.finished_at is not None
        )
    if belonging.by_files:
        found.update(
            Note(UNKNOWN_FILES, named_change(change), row.shipped_at)
            for row in shipped
            if row.earliest and (change := ChangeKey(row.kind, row.key)) not in belonging.services
        )
    return found


def _of_pushes(pushes: Pushes) -> Iterator[Note]:
    for number, push in enumerate(pushes.all):
        if number in pushes.imported:
            yield Note(IMPORTED_HISTORY, push.after, push.time)
        elif push.on_default_branch and push.before and (push.total_commits or 0) > len(push.commit_shas):
            yield Note(CUT_PUSH, push.after, push.time)


def _of_deployments(history: History, graph: Graph, shipping: Shipping) -> Iterator[Note]:
    for one in history.deployments:
        if one.environment == environments.PRODUCTION and one.finished_at is None and one.status == "canceled":
            yield Note(CANCELED, one.key, one.status_at or one.time)
    for at, one in find_told_twice(one for chain in shipping.chains for one in chain.deployments):
        yield Note(TOLD_TWICE, one.key, at)
    for chain in shipping.chains:
        for one in chain.successes:
            known = one.sha is not None and (graph.knows(one.sha) or one.sha in graph.settled)
            if one.first_succeeded_at is not None and not known:
                yield Note(UNKNOWN_SHA, one.key, one.first_succeeded_at)
        for _, one in chain.untold:
            if one.first_succeeded_at is not None and one.sha is not None and graph.knows(one.sha):
                yield Note(UNTOLD_SHIPPING, one.key, one.first_succeeded_at)


def _of_changes(shipped: Iterable[ShippedRow]) -> Iterator[Note]:
    for row in shipped:
        if not row.earliest:
            continue
        subject = named_change(ChangeKey(row.kind, row.key))
        if row.estimated:
            yield Note(ESTIMATED_SHIPPING, subject, row.shipped_at)
        if row.left_out == NEGATIVE:
            yield Note(NEGATIVE_LEAD_TIME, subject, row.shipped_at)

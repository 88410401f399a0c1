"""From the history of one repository to everything that is derived from it. Pure: the same facts, the same links."""

from datetime import datetime
from typing import NamedTuple

from storage.linking.abbreviations import spell_out
from storage.linking.belonging import Belonging, find_belonging, touched_rows
from storage.linking.branches import head_branch
from storage.linking.changes import ChangeKey, Changes, find_changes
from storage.linking.counted import count_deployments, outcomes_of_all
from storage.linking.evidence import AllEvidence, find_evidence
from storage.linking.frozen import Frozen
from storage.linking.graph import Graph
from storage.linking.history import History, Outcome
from storage.linking.landings import find_landings
from storage.linking.notes import find_notes, notes_of_settings
from storage.linking.outcomes import find_outcomes, negative_recoveries
from storage.linking.pushes import Pushes
from storage.linking.questions import find_questions
from storage.linking.repairs import find_repairs
from storage.linking.rows import BOT, NEGATIVE, ChangeRow, EvidenceRow, Links, MergeRow, Note, ShippedRow
from storage.linking.settings import MERGE
from storage.linking.shipped import Shipping, ship
from storage.linking.squashes import name_squashes
from storage.linking.stages import find_stages


class Findings(NamedTuple):
    """Links, and how they were found. `history` has what counts, by settings, and with whole SHAs."""

    history: History
    graph: Graph
    # The branch that each pull request came from.
    heads: dict[int, str | None]
    belonging: Belonging
    changes: Changes
    shipping: Shipping
    links: Links


def link(history: History) -> Links:
    return find_links(history).links


def find_links(history: History) -> Findings:
    told = history = name_squashes(spell_out(history))
    merged = history.merged()
    pushes = Pushes(history)
    landings = find_landings(history, pushes, merged)
    belonging = find_belonging(history, merged, landings)
    counted = count_deployments(history, merged, belonging)
    history = counted.history
    heads = {number: head_branch(pr, history, pushes) for number, pr in history.pull_requests.items()}
    graph = Graph(history, pushes, merged, heads)
    changes = find_changes(history, graph, merged, heads, landings)
    repairs = find_repairs(history, merged, changes)
    frozen = history.frozen
    stood = {ChangeKey(row.kind, row.key): row.unplanned_kind for row in frozen.changes}
    kinds = {key: kind for key, kind in {**repairs.kinds, **stood}.items() if kind is not None}
    shipping = ship(history, graph, merged, changes.changes, belonging)
    evidence = find_evidence(history, graph, changes, shipping, repairs)
    outcomes = find_outcomes(history, shipping, changes.changes, kinds, evidence)
    wrong = negative_recoveries(outcomes)
    for key in wrong:
        outcomes[key] = outcomes[key]._replace(counts_recovery=False)
    outcomes = outcomes_of_all(counted, outcomes)
    outcomes.update((one.key, one.stored) for one in told.deployments if one.key in frozen.deployments)
    shipped = {row for row in _shipped_rows(changes, shipping) if not frozen.stands(row.shipped_at)} | frozen.shipped
    shipped_at = {
        ChangeKey(row.kind, row.key): row.shipped_at for row in shipped if row.earliest and row.left_out != NEGATIVE
    }
    links = Links(
        repository_id=history.repository_id,
        changes={
            ChangeRow(
                *change.key,
                change.first_commit_at,
                change.merged_at,
                change.is_bot,
                kinds.get(change.key),
                change.old_commits_left_out,
                change.title,
                change.url,
            )
            for change in changes.changes.values()
            if change.key not in stood
        }
        | frozen.changes,
        shipped=shipped,
        touched=touched_rows(history, belonging),
        evidence={row for row in _evidence_rows(history, evidence) if row.provider_key not in frozen.deployments}
        | frozen.evidence,
        notes=_standing_notes(
            find_notes(history, graph, shipping, shipped, evidence, wrong)
            | notes_of_settings(counted, belonging, shipped),
            frozen,
        ),
        outcomes=outcomes,
        merges=_merge_rows(history, outcomes),
        stages=find_stages(history, changes.changes, shipped_at),
        questions=find_questions(history, belonging, landings, shipping),
    )
    return Findings(history, graph, heads, belonging, changes, shipping, links)


def _standing_notes(found: set[Note], frozen: Frozen) -> set[Note]:
    """A subject that was noted before the horizon is not noted again."""
    noted = {(note.kind, note.subject) for note in frozen.notes}
    new = {note for note in found if not frozen.stands(note.at) and (note.kind, note.subject) not in noted}
    return new | frozen.notes


def _shipped_rows(changes: Changes, shipping: Shipping) -> set[ShippedRow]:
    earliest: dict[ChangeKey, tuple[datetime, str]] = {}
    for (service, key), shipment in shipping.shipments.items():
        first = (shipment.shipped_at, service)
        if key not in earliest or first < earliest[key]:
            earliest[key] = first
    rows: set[ShippedRow] = set()
    for (service, key), shipment in shipping.shipments.items():
        change = changes.changes.get(key)
        if change is None:
            continue
        seconds = (shipment.shipped_at - change.first_commit_at).total_seconds()
        negative = shipment.negative or seconds < 0
        left_out = BOT if change.is_bot else NEGATIVE if negative else None
        rows.add(
            ShippedRow(
                service,
                *key,
                shipment.deployment_key,
                shipment.shipped_at,
                change.first_commit_at,
                seconds if left_out is None else None,
                left_out,
                shipment.estimated,
                earliest[key] == (shipment.shipped_at, service),
            )
        )
    return rows


def _merge_rows(history: History, outcomes: dict[str, Outcome]) -> set[MergeRow]:
    rows: set[MergeRow] = set()
    for one in history.deployments:
        if one.source == MERGE and one.key not in history.frozen.deployments:
            told = (one.key, one.time, one.source, one.environment_name, one.status, one.sha, one.ref, one.url)
            rows.add(MergeRow(*told, one.time, one.time, one.time, *outcomes[one.key]))
    return rows


def _evidence_rows(history: History, evidence: AllEvidence) -> set[EvidenceRow]:
    return {
        EvidenceRow(spoken.deployment_key, spoken.kind, spoken.source, spoken.at, place == 0, spoken.url)
        for deployment in history.deployments
        for place, spoken in enumerate(evidence.by_deployment.get(deployment.key, ()))
    }

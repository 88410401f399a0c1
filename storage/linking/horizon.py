"""Which rows linking no longer needs, once what they led to stands. Pure: a history in, what remains of it out.

Linking makes everything anew from raw rows, so a row may only go when nothing that is still open can be traced through
it. Before the horizon changes, shipments, outcomes, notes and evidence are frozen. What is open, merged but not shipped
everywhere, or shipped only after the horizon keeps its rows; so do the last success of each chain and failures that
nothing has ended. That the links are the same without the rest is tried out before anything is dropped.

What is then no longer told apart: a commit older than the horizon that was never deployed, when it is deployed now.
"""

from collections.abc import Iterator, Set
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from storage.linking.branches import default_branches
from storage.linking.changes import COMMIT, PULL_REQUEST, ChangeKey
from storage.linking.frozen import Frozen
from storage.linking.history import Deployment, History, PullRequest, Push
from storage.linking.landings import Landing
from storage.linking.link import Findings, find_links
from storage.linking.outcomes import FAILED
from storage.linking.own_commits import HeadBranches
from storage.linking.shipped import Chain

# A chain without a success for so long before the horizon is over: what it has not shipped holds no rows back.
CHAIN_IS_OVER = timedelta(days=275)
# A push may be told a little before the merge that it brought.
SLACK = timedelta(days=1)
# When linking still needs rows between the oldest open change and these, they stay.
MARGINS = (timedelta(0), timedelta(days=30), timedelta(days=90))
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Settled(NamedTuple):
    """What a horizon leaves of a history."""

    # As linking reads it from now on.
    history: History
    # Whose rows are thinned, and never written again.
    pull_requests: Set[int]
    deployments: Set[str]
    dropped_pushes: Set[Push]
    # Commits that now belong to something frozen.
    settled: Set[str]


def settle(history: History, before: datetime) -> Settled | None:
    """The history with everything before that moment frozen; None: linking still needs what would be dropped."""
    findings = find_links(history)
    crossing = set(_crossing(findings, before))
    for margin in MARGINS:
        settled = _without(history, findings, crossing, before, margin)
        links, kept = find_links(settled.history).links, settled.history.pull_requests
        stages = {number: findings.links.stages[number] for number in kept}
        expected = findings.links._replace(stages=stages, merges=links.merges, questions=links.questions)
        if links == expected:
            return settled
    return None


def _crossing(findings: Findings, before: datetime) -> Iterator[ChangeKey]:
    """Changes merged before that moment which some service ships after it, or may still ship."""
    history = findings.history
    merges = {pr.number: {sha for sha in (pr.merge_sha, pr.head_sha) if sha} for pr in history.pull_requests.values()}
    chains = [chain for chain in findings.shipping.chains if _is_alive(chain, before)]
    pushes = findings.graph.pushes
    # A new environment ships the commit that it is given, however old; and what failed may be tried again.
    heads = {
        one.sha for one in history.deployments if one.first_succeeded_at is None and one.time >= before - CHAIN_IS_OVER
    }
    for branch in default_branches(history):
        heads.update(pushes.all[number].after for number in pushes.by_branch[branch][-1:])
    for key, change in findings.changes.changes.items():
        if change.merged_at >= before:
            continue
        signs = {key.key} if key.kind == COMMIT else merges[int(key.key)]
        is_shared = findings.belonging.is_shared(key)
        shipped = {
            service: shipment.shipped_at
            for service in {"", *(chain.key.service for chain in findings.shipping.chains)}
            if (shipment := findings.shipping.shipments.get((service, key))) is not None
        }
        waiting = any(
            (is_shared or findings.belonging.has(chain.key.service, key))
            and ("" if is_shared else chain.key.service) not in shipped
            and signs.isdisjoint(chain.live_already)
            for chain in chains
        )
        if waiting or signs & heads or any(at >= before for at in shipped.values()):
            yield key
    for merged_at, number, _ in history.merged():
        # Merged into a branch that has not been released since.
        if number not in findings.changes.counted and before - CHAIN_IS_OVER <= merged_at < before:
            yield ChangeKey(PULL_REQUEST, str(number))


def _is_alive(chain: Chain, before: datetime) -> bool:
    """Whether it may ship what was merged before that moment."""
    last = chain.successes[-1].first_succeeded_at if chain.successes else None
    return last is not None and last >= before - CHAIN_IS_OVER


def _without(
    history: History, findings: Findings, crossing: set[ChangeKey], before: datetime, margin: timedelta
) -> Settled:
    changes, frozen = findings.changes.changes, history.frozen
    merges = {str(number): merged_at for merged_at, number, _ in findings.history.merged()}
    moments = [merges[key.key] if key.kind == PULL_REQUEST else changes[key].merged_at for key in crossing]
    oldest = min([before, *moments, *_out_of_order(findings)]) - SLACK - margin
    pull_requests = {
        number: pr
        for number, pr in history.pull_requests.items()
        if _ended_at(pr) >= oldest or ChangeKey(PULL_REQUEST, str(number)) in crossing
    }
    earlier = set(_ended_on_their_branches(findings, pull_requests))
    pull_requests |= {number: history.pull_requests[number] for number in earlier}
    own = _own_commits(findings, pull_requests)
    own |= {key.key for key in crossing if key.kind == COMMIT}
    own |= _not_released(history, findings, before)
    pushes = [
        push for push in history.pushes if push.time >= oldest or not own.isdisjoint({*push.commit_shas, push.after})
    ]
    named = own.union(*(push.commit_shas for push in pushes), (push.after for push in pushes))
    commits = {sha: commit for sha, commit in history.commits.items() if sha in named or commit.time >= before}
    deployments = frozen.deployments | {one.key for one in _over(history, findings, before)}
    settled = frozen.settled | {sha for sha, number in findings.changes.owner.items() if number not in pull_requests}
    settled |= _known_before(history, findings, before) - own
    links = findings.links
    remaining = history._replace(
        commits=commits,
        pushes=pushes,
        pull_requests=pull_requests,
        pull_request_commits=[one for one in history.pull_request_commits if one.number in pull_requests],
        pull_request_events=[one for one in history.pull_request_events if one.number in pull_requests],
        reviews=[one for one in history.reviews if one.number in pull_requests],
        deployments=[
            one._replace(stored=links.outcomes.get(one.key, one.stored)) if one.key in deployments else one
            for one in history.deployments
        ],
        frozen=Frozen(
            before,
            frozenset(row for row in links.changes if row.merged_at < before),
            frozenset(row for row in links.shipped if row.shipped_at < before),
            frozenset(row for row in links.evidence if row.provider_key in deployments),
            frozenset(note for note in links.notes if note.at < before),
            deployments,
            settled,
        ),
    )
    return Settled(
        remaining,
        history.pull_requests.keys() - pull_requests.keys(),
        deployments,
        frozenset(map(_hashable, history.pushes)) - frozenset(map(_hashable, pushes)),
        settled,
    )


def _hashable(push: Push) -> Push:
    return push._replace(commit_shas=tuple(push.commit_shas))


def _ended_at(pr: PullRequest) -> datetime:
    ended = pr.merged_at if pr.state == "merged" else pr.closed_at if pr.state == "closed" else None
    return ended or END_OF_TIME


def _ended_on_their_branches(findings: Findings, kept: dict[int, PullRequest]) -> Iterator[int]:
    """The last pull request of the same branch that was merged before, and those closed since: what was pushed before
    their end is not the later one's own."""
    ended = sorted((_ended_at(pr), number, pr) for number, pr in findings.history.pull_requests.items())
    for number, pr in kept.items():
        branch = findings.heads.get(number)
        for at, other, one in reversed(ended):
            if branch is not None and at <= pr.created_at and findings.heads[other] == branch:
                yield other
                if one.state == "merged":
                    break


def _own_commits(findings: Findings, pull_requests: dict[int, PullRequest]) -> set[str]:
    """Commits of these pull requests, as far as they are known: those of open ones are to be counted yet."""
    history = findings.history
    own = {sha for sha, number in findings.changes.owner.items() if number in pull_requests}
    own.update(one.sha for one in history.pull_request_commits if one.number in pull_requests)
    branches = HeadBranches(history, findings.graph.pushes, findings.heads, history.pull_requests.keys())
    defaults = default_branches(history)
    nowhere = Landing(None, (), same_commits=False)
    for number, pr in pull_requests.items():
        if findings.heads[number] not in defaults:
            own.update(branches.commits_of(pr, pr.merged_at or END_OF_TIME, nowhere))
    return own


def _out_of_order(findings: Findings) -> Iterator[datetime]:
    """When what is live came, where something newer was live before: whether that comes back by a rollback is open."""
    pushes = findings.graph.pushes
    for chain in findings.shipping.chains:
        shas = [one.sha for one in chain.successes]
        if shas and shas[-1] and chain.came_with.get(shas[-1]) != shas.index(shas[-1]):
            yield from (pushes.all[place.push].time for place in pushes.places.get(shas[-1], ()))


def _not_released(history: History, findings: Findings, before: datetime) -> set[str]:
    """Commits that were pushed to a branch which others are merged into, and came onto no default branch yet."""
    pushes, defaults = findings.graph.pushes, default_branches(history)
    branches = {pr.base_ref for pr in history.pull_requests.values() if pr.base_ref is not None} - defaults
    released = {sha for branch in defaults for sha in pushes.first_on(branch)}
    return {
        sha
        for branch in branches
        for number in pushes.on_branch(branch, None, before - CHAIN_IS_OVER, END_OF_TIME)
        for sha in pushes.sequences[number]
        if sha not in released and sha not in findings.changes.owner
    }


def _known_before(history: History, findings: Findings, before: datetime) -> set[str]:
    """Commits that came onto a default branch or were deployed before that moment."""
    pushes, changes = findings.graph.pushes, findings.changes.changes
    known = {key.key for key, change in changes.items() if key.kind == COMMIT and change.merged_at < before}
    for push, sequence in zip(pushes.all, pushes.sequences, strict=True):
        if push.on_default_branch and push.time < before:
            known.update(sequence)
    deployed = (one.sha for one in history.deployments if one.finished_at is not None and one.finished_at < before)
    known.update(sha for sha in deployed if sha is not None and findings.graph.knows(sha))
    return known


def _over(history: History, findings: Findings, before: datetime) -> Iterator[Deployment]:
    """Deployments that ended before that moment and of which nothing is expected any more."""
    last = {chain.successes[-1].key for chain in findings.shipping.chains if chain.successes}
    for one in history.deployments:
        ended = one.finished_at or (one.status_at if one.status == "canceled" else None)
        outcome = findings.links.outcomes.get(one.key, one.stored)
        is_open = outcome.outcome == FAILED and outcome.recovered_at is None
        if ended is not None and ended < before and one.key not in last and not is_open:
            yield one

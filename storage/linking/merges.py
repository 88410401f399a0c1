"""Merges as deployments, where settings say that a merge into the default branch is one.

They are made here and not when a merge arrives: few repositories count like that, and then all their history does.
"""

from collections.abc import Iterator

from storage.linking.belonging import Belonging
from storage.linking.branches import default_branches
from storage.linking.changes import PULL_REQUEST, ChangeKey
from storage.linking.environments import PRODUCTION
from storage.linking.history import Deployment, History, MergedPullRequest
from storage.linking.settings import MERGE


def find_merges(history: History, merged: list[MergedPullRequest], belonging: Belonging) -> Iterator[Deployment]:
    """One for each service that a merged pull request belongs to; one of no service when there are none, or it belongs
    to none."""
    settings = history.settings
    services = [service for service in settings.services if settings.source_of(service) == MERGE]
    if settings.source != MERGE and not services:
        return
    defaults = default_branches(history)
    for entry in merged:
        if entry.pr.base_ref not in defaults:
            continue
        change = ChangeKey(PULL_REQUEST, str(entry.number))
        its = [service.name for service in services if belonging.has(service.name, change)]
        for name in its:
            yield _deployment(entry, name)
        if not its and settings.source == MERGE:
            yield _deployment(entry, "")


def _deployment(entry: MergedPullRequest, service: str) -> Deployment:
    at, pr = entry.merged_at, entry.pr
    return Deployment(
        key=f"merge:{entry.number}:{service}" if service else f"merge:{entry.number}",
        time=at,
        source=MERGE,
        environment_name=PRODUCTION,
        sha=pr.landing,
        ref=pr.base_ref,
        url=pr.url,
        status_at=at,
        first_succeeded_at=at,
        finished_at=at,
        environment=PRODUCTION,
        service=service,
    )

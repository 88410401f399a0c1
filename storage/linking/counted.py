"""Which deployments count: of the source that was chosen, and to which environment and service each belongs."""

from collections.abc import Mapping
from typing import NamedTuple

from storage.linking.belonging import Belonging
from storage.linking.environments import PRODUCTION, classify
from storage.linking.history import Deployment, History, MergedPullRequest, Outcome
from storage.linking.merges import find_merges
from storage.linking.patterns import matches_any
from storage.linking.services import service_of, told_environment
from storage.linking.settings import DEPLOYMENTS, MERGE, RELEASE, WORKFLOW, Service, Settings
from storage.linking.tags import Tags


class Counted(NamedTuple):
    """`history` has the deployments that count, each with its class and its service."""

    history: History
    # What is stored of the others: they have a class and a service, but no outcome.
    others: dict[str, Outcome]
    # Production deployments to an environment that settings leave out.
    left_out: list[Deployment]


def count_deployments(history: History, merged: list[MergedPullRequest], belonging: Belonging) -> Counted:
    settings = history.settings
    placing, tags = _Placing(settings), Tags(history)
    frozen = history.frozen.deployments
    counted = [one for one in find_merges(history, merged, belonging) if one.key not in frozen]
    others: dict[str, Outcome] = {}
    left_out: list[Deployment] = []
    for deployment in history.deployments:
        if deployment.source == MERGE:
            if deployment.key in frozen:
                counted.append(deployment)
            continue  # As they were made from merged pull requests before.
        service = placing.service_of(deployment)
        placed = deployment._replace(
            environment=placing.class_of(deployment), service=service.name if service is not None else ""
        )
        if not _is_chosen(placed, service, settings):
            others[placed.key] = _uncounted(placed)
        elif placed.environment == PRODUCTION and not _counts_there(placed, settings):
            others[placed.key] = Outcome(environment=placed.environment, service=placed.service)
            left_out.append(placed)
        else:
            counted.append(tags.resolve(placed) if placed.source == RELEASE or placed.sha is None else placed)
    return Counted(history._replace(deployments=counted), others, left_out)


class _Placing:
    """Deployments to one environment are alike: each is looked at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._classes: dict[tuple[str, str | None], str] = {}
        self._services: dict[tuple[str | None, ...], Service | None] = {}

    def class_of(self, deployment: Deployment) -> str:
        key = (deployment.environment_name, deployment.environment_told)
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = classify(*key, self._settings.environments)
        return found

    def service_of(self, deployment: Deployment) -> Service | None:
        if not self._settings.services:
            return None
        one = deployment
        key = (one.named_service, one.environment_name, told_environment(one), one.task, one.workflow, one.job, one.ref)
        if key not in self._services:
            self._services[key] = service_of(deployment, self._settings.services)
        return self._services[key]


def _is_chosen(deployment: Deployment, service: Service | None, settings: Settings) -> bool:
    """Whether its source is the one that counts. A workflow must be named: most of them test or tidy up."""
    if deployment.source != settings.source_of(service):
        return False
    if deployment.source != WORKFLOW:
        return True
    named = (service.workflows if service is not None else ()) or settings.workflows
    return matches_any(deployment.job, named) or matches_any(deployment.workflow, named)


def _counts_there(deployment: Deployment, settings: Settings) -> bool:
    wanted = settings.counted_environments
    return not wanted or told_environment(deployment) is None or matches_any(deployment.environment_name, wanted)


def _uncounted(deployment: Deployment) -> Outcome:
    """A workflow run or release that nobody chose is no deployment: of it nothing is said at all."""
    if deployment.source != DEPLOYMENTS:
        return Outcome()
    return Outcome(environment=deployment.environment, service=deployment.service)


def outcomes_of_all(counted: Counted, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Of those that count, and of those that do not."""
    return {**counted.others, **outcomes}

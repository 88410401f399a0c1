"""Which of a repository's services a deployment is of: what it says itself, then rules, then the service's name.

Nothing is guessed: a repository without services has none, whatever its environments are called.
"""

import re
from collections.abc import Callable, Sequence

from storage.linking.history import Deployment
from storage.linking.patterns import best_match
from storage.linking.settings import RELEASE, WORKFLOW, Service
from storage.linking.tags import TAGS

WORD = re.compile(r"[^\W_]+")


def service_of(deployment: Deployment, services: Sequence[Service]) -> Service | None:
    """None: of no service, or there are none."""
    if not services:
        return None
    if deployment.named_service is not None:
        named = deployment.named_service.casefold()
        for service in services:
            if service.name.casefold() == named:
                return service
    return _by_rules(deployment, services) or _by_name(deployment, services)


def _by_rules(deployment: Deployment, services: Sequence[Service]) -> Service | None:
    """Of several whose rules match, the one that says most; then the first by name."""
    facets: tuple[tuple[str | None, Callable[[Service], Sequence[str]]], ...] = (
        (told_environment(deployment), lambda service: service.environments),
        (deployment.job, lambda service: service.workflows),
        (deployment.workflow, lambda service: service.workflows),
        (tag_of(deployment), lambda service: service.tags),
    )
    found: list[tuple[bool, int, str, Service]] = []
    for name, patterns_of in facets:
        for service in services:
            pattern = best_match(name, patterns_of(service)) if name else None
            if name and pattern is not None:
                found.append((pattern.casefold() != name.casefold(), -len(pattern), service.name, service))
        if found:
            return min(found)[3]
    return None


def _by_name(deployment: Deployment, services: Sequence[Service]) -> Service | None:
    """`production-api`, `api/production`, the task `deploy:api`, the tag `api-v1.2.0`: the service without rules whose
    name begins or ends it, the longest of several."""
    texts = [_words(text) for text in (deployment.environment_name, deployment.task, tag_of(deployment)) if text]
    found: list[tuple[int, str, Service]] = []
    for service in services:
        if service.environments or service.workflows or service.tags:
            continue
        words = _words(service.name)
        size = len(words)
        if size and any(len(text) > size and words in (text[:size], text[-size:]) for text in texts):
            found.append((-size, service.name, service))
    return min(found)[2] if found else None


def told_environment(deployment: Deployment) -> str | None:
    """A release has none, nor has a workflow's run: whoever chose them means production."""
    nowhere = deployment.source == RELEASE or (deployment.source == WORKFLOW and deployment.job is None)
    return None if nowhere else deployment.environment_name


def tag_of(deployment: Deployment) -> str | None:
    ref = deployment.ref or ""
    return ref.removeprefix(TAGS) if ref.startswith(TAGS) else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]

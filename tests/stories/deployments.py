"""What is deployed in a story, what breaks and what is said of it: words of its lines, each with what tells of it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bot.demo.company import Delivery
from bot.demo.company.delivery import make_delivery
from bot.demo.company.script import Deployment, Incident
from tests.stories.git import sha_of
from tests.stories.happenings import DeploymentStatus, Mark, Release, Run
from tests.stories.moments import moment
from tests.stories.pull_requests import SOME_DAY

if TYPE_CHECKING:
    from tests.stories.timeline import Timeline

# The words of docs/generic.md.
TOLD = {"success": "succeeded", "in_progress": "running"}


def deploy(
    timeline: "Timeline",
    number: int,
    at: datetime,
    of: str,
    says: str = "success",
    to: str = "production",
    tier: str = "",
    ref: str | None = None,
    began: str | None = None,
    by: str = "ann",
    short: bool = False,
    transient: bool = False,
    told_by: str | None = None,
    service: str | None = None,
) -> Iterator[Delivery]:
    """One status of a deployment. `of`: a branch (its head then), a commit, or nothing known. `service`: as GitHub's
    payload names it. `told_by`: another tool than the provider."""
    sha = sha_of(of) if of.startswith("unknown") else timeline.git.find(of)
    begun = timeline.begun.setdefault(number, moment(began) if began else at)
    if says in ("success", "failed", "error") and tier in ("", "production"):
        timeline.finished.add(number)
    if told_by is not None:
        timeline.keys[number] = f"deployment:{number}:{told_by}"
        document = {"type": "deployment", "id": number, "status": TOLD.get(says, says), "environment": to, "sha": sha}
        yield _document(timeline, told_by, at, **document)
        return
    timeline.keys[number] = f"deployment:{number}"
    ref = ref or (of if of in timeline.git.branches else timeline.of.default_branch)
    told = Deployment(
        repository=timeline.of,
        id=number,
        environment=to,
        sha=sha,
        started_at=begun,
        finished_at=at,
        creator=timeline.member(by),
        title=f"Deploy {of}",
        tier=tier or ("production" if timeline.gitlab else ""),
    )
    yield from timeline.provider.deployment(DeploymentStatus(told, says, at, ref, short or transient, service))


def run(
    timeline: "Timeline",
    number: int,
    at: datetime,
    of: str,
    called: str = "deploy",
    says: str = "success",
    branch: str | None = None,
    to: str = "production",
) -> Iterator[Delivery]:
    """A workflow ended on GitHub; on GitLab the job of this name in a pipeline, with an environment."""
    branch = branch or timeline.of.default_branch
    told = Run(timeline.of, number, called, says, branch, timeline.git.find(of), at, timeline.member("ann"), to)
    timeline.keys[number] = timeline.provider.key_of_run(told)
    yield from timeline.provider.run(told)


def release(
    timeline: "Timeline", number: int, at: datetime, tag: str, of: str, draft: bool = False, prerelease: bool = False
) -> Iterator[Delivery]:
    """A release of a tag, which is told by its own push."""
    told = Release(timeline.of, number, tag, timeline.git.find(of), at, timeline.member("ann"), draft, prerelease)
    timeline.keys[number] = f"release:{number}"
    yield from timeline.provider.release(told)


def incident(
    timeline: "Timeline",
    number: int,
    at: datetime,
    closed: str | None = None,
    taken_back: str | None = None,
    told_by: str | None = None,
    deployment: int | None = None,
    of: str | None = None,
    service: str | None = None,
) -> Iterator[Delivery]:
    """An issue with the label; or, `told_by` it, what another tool knows, which may name what is to blame."""
    ended = moment(closed) if closed else None
    if told_by is not None:
        names = {"deployment": deployment, "sha": of and timeline.git.find(of), "service": service}
        known = {name: value for name, value in names.items() if value is not None}
        document = {"type": "incident", "id": f"{timeline.of.id}-{number}", "title": "Checkout is down", **known}
        yield _document(timeline, told_by, at, **document, state="opened")
        if ended:
            yield _document(timeline, told_by, ended, **document, state="closed")
        if taken_back:
            yield _document(timeline, told_by, moment(taken_back), **document, state="deleted")
        return
    told = Incident(timeline.of, number, timeline.member("ann"), "Checkout is down", "", at, ended or SOME_DAY)
    yield from timeline.provider.incident(told, "opened", at)
    if ended:
        yield from timeline.provider.incident(told, "closed", ended)
    if taken_back:
        yield from timeline.provider.incident(told, "taken back", moment(taken_back))


def _document(timeline: "Timeline", tool: str, at: datetime, **fields: object) -> Delivery:
    """See docs/generic.md; `event` is the connection's name."""
    place = {"provider": timeline.of.provider, "path": timeline.of.path}
    return make_delivery("generic", tool, {**fields, "repository": place, "at": at.isoformat()}, at)


def mark(timeline: "Timeline", number: int, at: datetime, says: str, by: str = "ann") -> Iterator[Delivery]:
    """No webhook tells it. A number that nothing was deployed with is a merge's."""
    timeline.marks.append(Mark(timeline.keys.get(number, f"merge:{number}"), at, says, by))
    yield from ()


WORDS: dict[str, Callable[..., Iterator[Delivery]]] = {
    "deploy": deploy,
    "run": run,
    "release": release,
    "incident": incident,
    "mark": mark,
}

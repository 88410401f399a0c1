"""What happens to a repository and its branches in a story: words of its lines, each with what tells of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.demo.company import Delivery
from tests.stories.git import FILES
from tests.stories.happenings import Push
from tests.stories.moments import moment
from tests.stories.pull_requests import ZEROS, synchronize

if TYPE_CHECKING:
    from tests.stories.timeline import Timeline


def push(
    timeline: "Timeline",
    branch: str,
    at: datetime,
    commits: list[Any] = [],  # noqa: B006 (never changed)
    onto: str | None = None,
    forced: bool = False,
    merges: str | None = None,
    told: bool = True,
) -> Iterator[Delivery]:
    """Commits onto a branch, pushed at once. `onto`: where a new (or forced) branch starts."""
    before = timeline.git.branches.get(branch)
    head = timeline.git.find(onto) if onto else before
    for entry in commits:
        given: dict[str, Any] = {"name": entry} if isinstance(entry, str) else dict(entry)
        time = moment(given["written"]) if "written" in given else at
        author, name = given.get("by", "ann"), given["name"]
        files = tuple(given.get("files", FILES))
        head = timeline.git.commit(name, time, author, given.get("message", f"Do {name}"), [head], files=files)
    if merges is not None:
        name = f"{branch}+{merges}@{at:%d%H%M}"
        message = f"Merge branch '{merges}' into {branch}"
        head = timeline.git.commit(name, at, "ann", message, [head, timeline.git.find(merges)])
    if head is None:
        raise ValueError(f"{branch} has no commit yet")
    deliveries = list(timeline.move(branch, before, head, at, forced=forced))
    yield from deliveries if told else ()
    yield from synchronize(timeline, branch, at, before)


def delete_branch(timeline: "Timeline", branch: str, at: datetime) -> Iterator[Delivery]:
    before = timeline.git.branches.pop(branch)
    pusher = timeline.member("ann")
    yield from timeline.provider.push(Push(timeline.of, branch, before, ZEROS, (), at, pusher, forced=False))


def tag(timeline: "Timeline", name: str, at: datetime, of: str) -> Iterator[Delivery]:
    yield from timeline.provider.tag(timeline.of, name, timeline.git.find(of), at, timeline.member("ann"))


def be_at(timeline: "Timeline", path: str, at: datetime) -> Iterator[Delivery]:
    before, timeline.of = timeline.of, replace(timeline.of, path=path)
    yield from timeline.provider.move(before, timeline.of, at, timeline.member("ann"))


def be_deleted(timeline: "Timeline", _: bool, at: datetime) -> Iterator[Delivery]:
    yield from timeline.provider.delete(timeline.of, at, timeline.member("ann"))


def default_branch(timeline: "Timeline", branch: str, _at: datetime) -> Iterator[Delivery]:
    """The next event has it."""
    timeline.of = replace(timeline.of, default_branch=branch)
    yield from ()


def be_called(timeline: "Timeline", name: str, _at: datetime, now: str) -> Iterator[Delivery]:
    """Providers do not tell it: the next event has the new name."""
    timeline.names[name] = now
    yield from ()


WORDS: dict[str, Callable[..., Iterator[Delivery]]] = {
    "push": push,
    "delete": delete_branch,
    "tag": tag,
    "be_at": be_at,
    "be_deleted": be_deleted,
    "default_branch": default_branch,
    "be_called": be_called,
}

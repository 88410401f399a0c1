"""Makes projects' histories, and tells them in webhooks while they happen. The same seed, the same history."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo.company import Delivery
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Incident, PullRequest, Review
from tests.fakes.gitlab.recording import WEB, Recording
from tests.fakes.gitlab.world import World
from tests.stories.happenings import DeploymentStatus, Push
from tests.stories.inventing import Inventor, Line
from tests.stories.moments import FIRST_DAY, MOMENT, moment
from tests.stories.telling_gitlab import GitLab
from tests.stories.timeline import Timeline


class Telling(Recording):
    """What happens is both seen in the API and told."""

    def push(self, push: Push) -> Iterator[Delivery]:
        yield from super().push(push)
        yield from self._at(GitLab.push(self, push))

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, before: str = ""
    ) -> Iterator[Delivery]:
        yield from super().pull_request(pull_request, word, at, sender, before)
        yield from self._at(GitLab.pull_request(self, pull_request, word, at, sender, before))

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        yield from super().review(pull_request, review, number, deleted_at)
        yield from self._at(GitLab.review(self, pull_request, review, number, deleted_at))

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        yield from super().deployment(status)
        yield from self._at(GitLab.deployment(self, status))

    def incident(self, incident: Incident, says: str, at: datetime) -> Iterator[Delivery]:
        yield from super().incident(incident, says, at)
        yield from self._at(GitLab.incident(self, incident, says, at))

    def _at(self, deliveries: Iterator[Delivery]) -> Iterator[Delivery]:
        """With the addresses of this GitLab."""
        for one in deliveries:
            yield replace(one, body=one.body.replace(WEB.encode(), self.web.encode()))


class Unfolding:
    """So many projects with a history each, which goes on as far as it is asked for."""

    def __init__(self, world: World, count: int, start: datetime, end: datetime, *, long_before: float = 0) -> None:
        """`long_before`: the share of pushes to the default branch of which a commit was written weeks ago."""
        web = world.web or WEB
        self._timelines: list[tuple[Telling, Timeline, Iterator[Line]]] = []
        self._next: dict[int, Line] = {}
        for number in range(1, count + 1):
            project = world.add_project(number, f"acme/app-{number}")
            project.created_at = start.isoformat()
            telling = Telling(project, web)
            of = Repository("gitlab", project.path, number, "", "", "", 0.0, 0, "Go", "main", start)
            self._timelines.append((telling, Timeline(telling, of), invent(number, start, end, long_before)))

    def until(self, at: datetime) -> list[Delivery]:
        """What is new until then, in the order of time: the API shows it, and these are its webhooks."""
        told: list[Delivery] = []
        for place, (telling, timeline, lines) in enumerate(self._timelines):
            line = self._next.pop(place, None) or next(lines, None)
            while line is not None and moment(line["at"]) <= at:
                told += timeline.tell(line)
                line = next(lines, None)
            if line is not None:
                self._next[place] = line
            telling.show(timeline)
        return sorted(told, key=lambda one: one.at)


def grow(world: World, count: int, start: datetime, end: datetime) -> list[Delivery]:
    """So many projects with a history each; their webhooks in the order of time. Nothing is later than `end`."""
    return Unfolding(world, count, start, end).until(end)


def invent(seed: int, start: datetime, end: datetime, long_before: float = 0) -> Iterator[Line]:
    """Work of so many days. Nothing is pushed by force: what is gone, no API tells."""
    random = Random(seed)
    inventor = Inventor(lambda options: random.choice([one for one in options if one != "force"]))
    inventor.start()
    while inventor.minute < (end - start) / timedelta(minutes=1):
        inventor.step()
    days = (start - FIRST_DAY).days
    for line in _some_long_before(_as_jobs(inventor.lines), random, long_before):
        moved = _move(line, days)
        if all(at <= end for at in _moments(moved)):
            yield moved
        elif "incident" in line:
            # It is not over yet.
            yield {key: value for key, value in moved.items() if key != "closed"}


def _as_jobs(lines: Iterable[Line]) -> Iterator[Line]:
    """Here a deployment is a job: it begins, and it ends once. Of the default branch only: of a merge request that is
    open, webhooks do not tell all commits."""
    begun: set[int] = set()
    ended: set[int] = set()
    of_branches: set[str] = set()
    for line in lines:
        if line.get("push", "main") != "main":
            of_branches.update(entry["name"] for entry in line.get("commits", ()))
        number = line.get("deploy")
        if number is None:
            yield line
            continue
        if line["of"] in of_branches:
            continue
        begins = line["says"] == "in_progress"
        if number not in begun and not begins:
            yield {**line, "says": "in_progress"}
        begun.add(number)
        if begins or number not in ended:
            yield line
        if not begins:
            ended.add(number)


def _some_long_before(lines: Iterable[Line], random: Random, share: float) -> Iterator[Line]:
    for line in lines:
        if share and line.get("push") == "main" and random.random() < share and isinstance(line["commits"][0], dict):
            day, _, clock = line["at"][1:].partition(" ")
            written = f"d{int(day) - 20} {clock}"
            line = {**line, "commits": [{**line["commits"][0], "written": written}, *line["commits"][1:]]}
        yield line


def _move(value: Any, days: int) -> Any:
    if isinstance(value, dict):
        return {key: _move(inner, days) for key, inner in value.items()}
    if isinstance(value, list):
        return [_move(inner, days) for inner in value]
    if isinstance(value, str) and (found := MOMENT.fullmatch(value)):
        return f"d{int(found[1]) + days}{value[value.index(' ') :]}"
    return value


def _moments(line: Line) -> list[datetime]:
    return [moment(line[key]) for key in ("at", "closed") if key in line]

"""Writes the script: 120 days of the company, ending at the midnight before a day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random

from bot.demo.company.calendar import MINUTES_A_DAY, TOTAL_MINUTES, WorkingTime, working_time
from bot.demo.company.people import REPOSITORIES, Repository, developers_of
from bot.demo.company.pull_requests import Planner
from bot.demo.company.releases import Pipeline, first_head, main_pushes
from bot.demo.company.script import Commit, Deployment, Incident, MainPush, PullRequest, Story
from bot.demo.company.trouble import TROUBLES, Outcome, cause, freeze
from bot.demo.company.words import message_of, title_of

_MINUTES_BETWEEN_UPDATES = 7 * MINUTES_A_DAY
_MINUTES_BETWEEN_DIRECT_COMMITS = 9 * MINUTES_A_DAY


def write_story(today: date) -> Story:
    """The whole script. It is the same every day; only its dates move with `today`."""
    clock = working_time(today)
    chapters = [_write_chapter(repository, index, clock) for index, repository in enumerate(REPOSITORIES)]
    return Story(
        start=clock.at(0),
        end=clock.end,
        pull_requests=tuple(sorted((pr for c in chapters for pr in c.pull_requests), key=lambda pr: pr.created_at)),
        main_pushes=tuple(sorted((push for c in chapters for push in c.main_pushes), key=lambda push: push.at)),
        deployments=tuple(sorted((each for c in chapters for each in c.deployments), key=lambda it: it.finished_at)),
        incidents=tuple(sorted((each for c in chapters for each in c.incidents), key=lambda it: it.opened_at)),
    )


@dataclass(frozen=True, slots=True)
class _Chapter:
    pull_requests: list[PullRequest]
    main_pushes: list[MainPush]
    deployments: list[Deployment]
    incidents: list[Incident]


def _write_chapter(repository: Repository, index: int, clock: WorkingTime) -> _Chapter:
    # Not for secrets: the same seed must give the same story.
    random = Random(f"parcelway {repository.path}")  # noqa: S311 (a story, no secret)
    planner = Planner(repository, random, clock)
    begun = [planner.ordinary(minute) for minute in _arrivals(random, 5 * MINUTES_A_DAY / repository.pace)]
    begun += [planner.dependency(minute) for minute in _arrivals(random, _MINUTES_BETWEEN_UPDATES)]
    outcomes: list[Outcome] = []
    for trouble in TROUBLES:
        if trouble.repository == repository.path:
            outcome = cause(trouble, planner, begun, clock)
            begun = [*freeze(outcome, begun), outcome.repair]
            outcomes.append(outcome)
    numbered, incidents = _number(repository, begun, [it.incident for it in outcomes if it.incident is not None])

    pushes = main_pushes(repository, numbered, list(_direct_commits(planner)))
    merged = {push.pull_request.number: push.pull_request for push in pushes if push.pull_request is not None}
    pull_requests = [
        replace(merged.get(item.number, item), base_sha=_head_at(repository, pushes, item.pushes[0].at))
        for item in numbered
    ]
    shas = {item.created_at: merged[item.number].merge_sha for item in numbered if item.number in merged}
    pipeline = Pipeline(
        repository=repository,
        random=random,
        clock=clock,
        bad={shas[it.culprit.created_at]: _FATES[it.trouble.ending] for it in outcomes},
        repairs={shas[it.repair.created_at] for it in outcomes},
        next_id=1_480_000_000 + index * 100_000,
        free_at=clock.at(0),
    )
    return _Chapter(pull_requests, pushes, list(pipeline.run(pushes)), incidents)


_FATES = {"rollback": "rolled back", "revert": "reverted"}


def _arrivals(random: Random, every: float) -> Iterator[float]:
    minute = random.expovariate(1 / every)
    while minute < TOTAL_MINUTES:
        yield minute
        minute += random.expovariate(1 / every)


def _direct_commits(planner: Planner) -> Iterator[tuple[datetime, Commit]]:
    """Small commits without a pull request, in the repositories that allow them."""
    if planner.repository.merging != "merge":
        return
    for minute in _arrivals(planner.random, _MINUTES_BETWEEN_DIRECT_COMMITS):
        author = planner.random.choice(developers_of(planner.repository.team))
        title = title_of(planner.random, planner.repository.name)
        at = planner.clock.at(minute)
        yield at, planner.commit(author, at, message_of(title, planner.random, first=True))


def _number(
    repository: Repository, pull_requests: list[PullRequest], incidents: list[Incident]
) -> tuple[list[PullRequest], list[Incident]]:
    """Pull requests and issues share one count, in the order in which they were opened."""
    moments = sorted([*(it.created_at for it in pull_requests), *(it.opened_at for it in incidents)])
    numbers = {moment: repository.first_number + place for place, moment in enumerate(moments)}
    if len(numbers) != len(moments):
        raise AssertionError(f"two things were opened at once in {repository.path}")
    numbered = [_named(replace(item, number=numbers[item.created_at]), numbers) for item in pull_requests]
    return numbered, [replace(item, number=numbers[item.opened_at]) for item in incidents]


def _named(pull_request: PullRequest, numbers: dict[datetime, int]) -> PullRequest:
    """A revert names what it takes back, as GitHub's button does."""
    if pull_request.reverts is None:
        return pull_request
    number = numbers[pull_request.reverts.created_at]
    return replace(
        pull_request,
        body=f"Reverts {pull_request.repository.path}#{number}",
        branch=f"revert-{number}-{pull_request.reverts.branch}",
        reverts=replace(pull_request.reverts, number=number),
    )


def _head_at(repository: Repository, pushes: list[MainPush], at: datetime) -> str:
    return next((push.after for push in reversed(pushes) if push.at <= at), first_head(repository))

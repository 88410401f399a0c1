"""What happens from now on: a small change every few minutes, told event by event, so that the demo lives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from bot.demo.company.delivery import Delivery
from bot.demo.company.people import GITHUB_ACTIONS, REPOSITORIES, Repository, developers_of
from bot.demo.company.pull_requests import sha_of
from bot.demo.company.releases import first_head, main_pushes
from bot.demo.company.script import BranchPush, Commit, Deployment, MainPush, PullRequest, Review, Story
from bot.demo.company.telling import tell_deployment, tell_main_push, tell_pull_request
from bot.demo.company.words import body_of, branch_of, comments_of, files_of, title_of

SECONDS_BETWEEN_CHANGES = 150


def play_live(story: Story, begin: datetime, *, after: int = 0) -> Iterator[tuple[int, Delivery]]:
    """Deliveries without end, in the order of time, each with the number of its change; each is due at its `at`.

    `after`: how many changes were played before, on an earlier start: their numbers and SHAs are not used again.
    """
    # Not for secrets: a trickle that can be played again.
    random = Random("parcelway, live")  # noqa: S311 (a story, no secret)
    begin = begin.replace(microsecond=0)
    heads = {repository.path: first_head(repository) for repository in REPOSITORIES}
    heads |= {push.repository.path: push.after for push in story.main_pushes if push.at < story.end}
    numbers = {repository.path: repository.first_number for repository in REPOSITORIES}
    told = [(it.repository, it.number) for it in story.pull_requests]
    told += [(it.repository, it.number) for it in story.incidents]
    for repository, number in told:
        numbers[repository.path] = max(numbers[repository.path], number)
    for place in count():
        repository = random.choice(REPOSITORIES)
        numbers[repository.path] += 1
        at = begin + timedelta(seconds=(place - after) * SECONDS_BETWEEN_CHANGES)
        change = _change(repository, numbers[repository.path], at, random)
        (push,) = main_pushes(repository, [replace(change, base_sha=heads[repository.path])], ())
        push = replace(push, before=heads[repository.path])
        heads[repository.path] = push.after
        # Ids that grow with time are new on every start.
        deployment = _deployment(push, int(at.timestamp()), failing=random.random() < 0.08)
        if place >= after:
            yield from ((place + 1, delivery) for delivery in _told(push, deployment))


def _told(push: MainPush, deployment: Deployment) -> list[Delivery]:
    deliveries = [*tell_main_push(push), *tell_deployment(deployment)]
    if push.pull_request is not None:
        deliveries += tell_pull_request(push.pull_request)
    return sorted(deliveries, key=lambda delivery: (delivery.at, delivery.key))


def _change(repository: Repository, number: int, at: datetime, random: Random) -> PullRequest:
    author, reviewer = random.sample(developers_of(repository.team), k=2)
    title = title_of(random, repository.name)
    sha = sha_of(repository.path, number, "live")
    written = at - timedelta(minutes=random.randint(12, 240))
    commit = Commit(sha, author, written, title, files_of(random, repository.name))
    return PullRequest(
        repository=repository,
        number=number,
        author=author,
        title=title,
        body=body_of(title, random),
        branch=branch_of(title, random),
        pushes=(BranchPush(at + timedelta(seconds=3), (commit,)),),
        created_at=at + timedelta(seconds=8),
        ready_at=None,
        reviewers=(reviewer,),
        reviews=(
            Review(at + timedelta(seconds=31), reviewer, "commented", comments_of(random, 1)),
            Review(at + timedelta(seconds=58), reviewer, "approved"),
        ),
        merged_at=at + timedelta(seconds=74),
        merged_by=author,
        closed_at=None,
        additions=random.randint(3, 160),
        deletions=random.randint(0, 60),
    )


def _deployment(push: MainPush, deployment_id: int, *, failing: bool) -> Deployment:
    started = push.at + timedelta(seconds=19)
    return Deployment(
        repository=push.repository,
        id=deployment_id,
        environment="production",
        sha=push.after,
        started_at=started,
        finished_at=started + timedelta(seconds=27),
        creator=GITHUB_ACTIONS if push.repository.provider == "github" else push.pusher,
        title=push.commits[-1].message.partition("\n")[0],
        fate="failed" if failing else "succeeded",
    )

"""Tells the script: every delivery of the history, in the order of time."""

from collections.abc import Iterator
from datetime import timedelta

from bot.demo.company import telling_github, telling_gitlab
from bot.demo.company.delivery import Delivery, make_delivery
from bot.demo.company.github_issues import installation_event
from bot.demo.company.people import DEVELOPERS, REPOSITORIES
from bot.demo.company.script import Deployment, MainPush, PullRequest, Story


def tell(story: Story) -> list[Delivery]:
    """The history's deliveries. What the script plans for its end and later is left out."""
    told = [_installation(story)]
    for pull_request in story.pull_requests:
        told += tell_pull_request(pull_request)
    for push in story.main_pushes:
        told += tell_main_push(push)
    for deployment in story.deployments:
        told += tell_deployment(deployment)
    for incident in story.incidents:
        told += telling_github.tell_incident(incident)
    return sorted((each for each in told if each.at < story.end), key=lambda each: (each.at, each.key))


def tell_pull_request(pull_request: PullRequest) -> Iterator[Delivery]:
    """In the words of its provider."""
    if pull_request.repository.provider == "github":
        return telling_github.tell_pull_request(pull_request)
    return telling_gitlab.tell_pull_request(pull_request)


def tell_main_push(push: MainPush) -> Iterator[Delivery]:
    """In the words of its provider."""
    if push.repository.provider == "github":
        return telling_github.tell_main_push(push)
    return telling_gitlab.tell_main_push(push)


def tell_deployment(deployment: Deployment) -> Iterator[Delivery]:
    """In the words of its provider."""
    if deployment.repository.provider == "github":
        return telling_github.tell_deployment(deployment)
    return telling_gitlab.tell_deployment(deployment)


def _installation(story: Story) -> Delivery:
    at = story.start - timedelta(minutes=10)
    repositories = [repository for repository in REPOSITORIES if repository.provider == "github"]
    return make_delivery("github", "installation", installation_event(repositories, at, DEVELOPERS[0]), at)

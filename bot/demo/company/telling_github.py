"""Tells the script in GitHub's deliveries."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from bot.demo.company.delivery import Delivery, make_delivery
from bot.demo.company.github_accounts import user
from bot.demo.company.github_deployments import deployment_status_event
from bot.demo.company.github_issues import issue_event
from bot.demo.company.github_pull_requests import pull_request_event
from bot.demo.company.github_pushes import ZEROS, push_event
from bot.demo.company.github_reviews import comment_event, review_event
from bot.demo.company.people import Member
from bot.demo.company.script import Deployment, Incident, MainPush, PullRequest


def tell_pull_request(pull_request: PullRequest) -> Iterator[Delivery]:
    """Everything about one pull request, except the push to the default branch."""
    yield from _pushes(pull_request)
    opened, author = pull_request.created_at, pull_request.author
    yield _told(pull_request, "opened", opened, author)
    for place, reviewer in enumerate(pull_request.reviewers):
        at = opened + timedelta(seconds=2 + place)
        yield _told(pull_request, "review_requested", at, author, requested_reviewer=user(reviewer))
    if pull_request.ready_at is not None:
        yield _told(pull_request, "ready_for_review", pull_request.ready_at, author)
    for review in pull_request.reviews:
        yield make_delivery("github", "pull_request_review", review_event(pull_request, review), review.at)
        for place in range(len(review.comments)):
            told = comment_event(pull_request, review, place)
            yield make_delivery("github", "pull_request_review_comment", told, review.at)
    if pull_request.ended_at is not None:
        yield _told(pull_request, "closed", pull_request.ended_at, pull_request.merged_by or author)


def _pushes(pull_request: PullRequest) -> Iterator[Delivery]:
    heads = [ZEROS, *(push.commits[-1].sha for push in pull_request.pushes)]
    of, branch, author = pull_request.repository, pull_request.branch, pull_request.author
    for push, (before, after) in zip(pull_request.pushes, pairwise(heads), strict=True):
        told = push_event(of, branch, before, after, push.commits, push.at, author)
        yield make_delivery("github", "push", told, push.at)
        if before != ZEROS:
            at = push.at + timedelta(seconds=1)
            yield _told(pull_request, "synchronize", at, author, before=before, after=after)
    if pull_request.ended_at is not None:
        at = pull_request.ended_at + timedelta(seconds=3)
        told = push_event(of, branch, heads[-1], ZEROS, (), at, pull_request.merged_by or author)
        yield make_delivery("github", "push", told, at)


def _told(pull_request: PullRequest, action: str, at: datetime, sender: Member, **more: object) -> Delivery:
    return make_delivery("github", "pull_request", pull_request_event(pull_request, action, at, sender, **more), at)


def tell_main_push(push: MainPush) -> Iterator[Delivery]:
    """A push to the default branch."""
    told = push_event(push.repository, "main", push.before, push.after, push.commits, push.at, push.pusher)
    yield make_delivery("github", "push", told, push.at)


def tell_deployment(deployment: Deployment) -> Iterator[Delivery]:
    """A deployment's statuses: in_progress, then success or failure."""
    for state, at in (("in_progress", deployment.started_at), (deployment.status, deployment.finished_at)):
        yield make_delivery("github", "deployment_status", deployment_status_event(deployment, state, at), at)


def tell_incident(incident: Incident) -> Iterator[Delivery]:
    """An incident's issue, opened and closed."""
    for action, at in (("opened", incident.opened_at), ("closed", incident.closed_at)):
        yield make_delivery("github", "issues", issue_event(incident, action, at), at)

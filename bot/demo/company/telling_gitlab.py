"""Tells the script in GitLab's deliveries."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from bot.demo.company.delivery import Delivery, make_delivery
from bot.demo.company.gitlab_events import deployment_event, draft_changed, merge_request_event, note_event, push_event
from bot.demo.company.gitlab_objects import Json
from bot.demo.company.people import Member
from bot.demo.company.script import Deployment, MainPush, PullRequest

_ZEROS = "0" * 40


def tell_pull_request(pull_request: PullRequest) -> Iterator[Delivery]:
    """Everything about one merge request, except the push to the default branch."""
    yield from _pushes(pull_request)
    author = pull_request.author
    yield _told(pull_request, "open", pull_request.created_at, author)
    if pull_request.ready_at is not None:
        changes = draft_changed(pull_request, draft=False)
        yield _told(pull_request, "update", pull_request.ready_at, author, changes=changes)
    for review in pull_request.reviews:
        for place in range(len(review.comments)):
            yield make_delivery("gitlab", "Note Hook", note_event(pull_request, review, place), review.at)
        if review.state == "approved":
            yield _told(pull_request, "approved", review.at, review.reviewer)
    if pull_request.ended_at is not None:
        action = "merge" if pull_request.merged_at else "close"
        yield _told(pull_request, action, pull_request.ended_at, pull_request.merged_by or author)


def _pushes(pull_request: PullRequest) -> Iterator[Delivery]:
    heads = [_ZEROS, *(push.commits[-1].sha for push in pull_request.pushes)]
    of, branch, author = pull_request.repository, pull_request.branch, pull_request.author
    for push, (before, after) in zip(pull_request.pushes, pairwise(heads), strict=True):
        yield make_delivery("gitlab", "Push Hook", push_event(of, branch, before, after, push.commits, author), push.at)
        if before != _ZEROS:
            yield _told(pull_request, "update", push.at + timedelta(seconds=1), author, oldrev=before)
    if pull_request.ended_at is not None:
        at = pull_request.ended_at + timedelta(seconds=3)
        told = push_event(of, branch, heads[-1], _ZEROS, (), pull_request.merged_by or author)
        yield make_delivery("gitlab", "Push Hook", told, at)


def _told(
    pull_request: PullRequest,
    action: str,
    at: datetime,
    sender: Member,
    *,
    oldrev: str | None = None,
    changes: Json | None = None,
) -> Delivery:
    payload = merge_request_event(pull_request, action, at, sender, oldrev=oldrev, changes=changes)
    return make_delivery("gitlab", "Merge Request Hook", payload, at)


def tell_main_push(push: MainPush) -> Iterator[Delivery]:
    """A push to the default branch."""
    told = push_event(push.repository, "main", push.before, push.after, push.commits, push.pusher)
    yield make_delivery("gitlab", "Push Hook", told, push.at)


def tell_deployment(deployment: Deployment) -> Iterator[Delivery]:
    """A deployment's statuses: running, then success or failed."""
    ending = "failed" if deployment.status == "failure" else "success"
    for status, at in (("running", deployment.started_at), (ending, deployment.finished_at)):
        yield make_delivery("gitlab", "Deployment Hook", deployment_event(deployment, status, at), at)

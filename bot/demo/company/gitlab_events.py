"""GitLab's deliveries: pushes, merge requests, notes, deployments."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.demo.company.github_pull_requests import identifier
from bot.demo.company.gitlab_objects import (
    Json,
    commit,
    labels,
    merge_request,
    project,
    repository,
    stamp,
    user,
    user_id,
)
from bot.demo.company.people import GITLAB_HOST, Member, Repository
from bot.demo.company.script import Commit, Deployment, PullRequest, Review

# GitLab lists the newest twenty commits of a push and tells the true number beside them.
_COMMITS_TOLD = 20
_ZEROS = "0" * 40


def push_event(of: Repository, ref: str, before: str, after: str, commits: Sequence[Commit], sender: Member) -> Json:
    """A "Push Hook". It has no time of its own."""
    kept = None if after == _ZEROS else after
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before,
        "after": after,
        "ref": f"refs/heads/{ref}",
        "ref_protected": ref == of.default_branch,
        "checkout_sha": kept,
        "message": None,
        "user_id": user_id(sender),
        "user_name": sender.name,
        "user_username": sender.login,
        "user_email": sender.email,
        "user_avatar": user(sender)["avatar_url"],
        "project_id": of.id,
        "project": project(of),
        "commits": [
            {**commit(of, told), "added": list(told.files[1:2]), "modified": list(told.files[:1]), "removed": []}
            for told in commits[-_COMMITS_TOLD:]
        ],
        "total_commits_count": len(commits),
        "push_options": {},
        "repository": {**repository(of), "visibility_level": 0},
    }


def merge_request_event(
    pull_request: PullRequest,
    action: str,
    at: datetime,
    sender: Member,
    *,
    oldrev: str | None = None,
    changes: Json | None = None,
) -> Json:
    """A "Merge Request Hook": open, update, approved, merge, close ... `changes`: what an update changed."""
    attributes = merge_request(pull_request, at)
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(sender),
        "project": project(pull_request.repository),
        "object_attributes": {**attributes, "action": action, **({"oldrev": oldrev} if oldrev else {})},
        "labels": labels(pull_request.repository, pull_request.labels),
        "changes": {**(changes or {}), "updated_at": {"previous": attributes["created_at"], "current": stamp(at)}},
        "repository": repository(pull_request.repository),
        "assignees": [user(pull_request.author)],
        "reviewers": [
            {**user(reviewer), "state": "unreviewed", "re_requested": False} for reviewer in pull_request.reviewers
        ],
    }


def draft_changed(pull_request: PullRequest, *, draft: bool) -> Json:
    """The `changes` of an update by which it became a draft, or ready."""
    titles = pull_request.title, f"Draft: {pull_request.title}"
    return {
        "draft": {"previous": not draft, "current": draft},
        "title": {"previous": titles[not draft], "current": titles[draft]},
    }


def note_event(pull_request: PullRequest, review: Review, place: int) -> Json:
    """A "Note Hook": a comment on a line of the merge request."""
    of, at = pull_request.repository, review.at
    note_id = identifier(pull_request, at) * 10 + place
    attributes = merge_request(pull_request, at)
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": user(review.reviewer),
        "project_id": of.id,
        "project": project(of),
        "object_attributes": {
            "attachment": None,
            "author_id": user_id(review.reviewer),
            "change_position": None,
            "commit_id": attributes["last_commit"]["id"],
            "created_at": stamp(at),
            "discussion_id": f"{note_id:040x}",
            "id": note_id,
            "line_code": f"{note_id:040x}_12_14",
            "note": review.comments[place],
            "noteable_id": attributes["id"],
            "noteable_type": "MergeRequest",
            "original_position": None,
            "position": None,
            "project_id": of.id,
            "resolved_at": None,
            "resolved_by_id": None,
            "resolved_by_push": None,
            "st_diff": None,
            "system": False,
            "type": "DiffNote",
            "updated_at": stamp(at),
            "updated_by_id": None,
            "description": review.comments[place],
            "url": f"{attributes['url']}#note_{note_id}",
            "action": "create",
        },
        "repository": repository(of),
        "merge_request": attributes,
    }


def deployment_event(deployment: Deployment, status: str, at: datetime, ref: str = "main") -> Json:
    """A "Deployment Hook": running, success, failed. Times here carry the instance's own zone."""
    of = deployment.repository
    web = f"https://{GITLAB_HOST}"
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": f"{at + timedelta(hours=1):%Y-%m-%d %H:%M:%S} +0100",
        "deployment_id": deployment.id,
        "deployable_id": deployment.id * 3,
        "deployable_url": f"{web}/{of.path}/-/jobs/{deployment.id * 3}",
        "environment": deployment.environment,
        "environment_tier": deployment.tier or deployment.environment,
        "environment_slug": deployment.environment,
        "environment_external_url": f"https://{of.name}.{deployment.environment}.parcelway.example",
        "project": project(of),
        "short_sha": deployment.sha[:8],
        "user": user(deployment.creator),
        "user_url": f"{web}/{deployment.creator.login}",
        "commit_url": f"{web}/{of.path}/-/commit/{deployment.sha}",
        "commit_title": deployment.title,
        "ref": ref,
    }

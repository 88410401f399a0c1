"""What happens in a story, as GitLab tells it: its deliveries, made by the sample company's own builders."""

from collections.abc import Iterator
from datetime import datetime

from bot.demo.company import Delivery
from bot.demo.company.delivery import make_delivery
from bot.demo.company.gitlab_events import (
    deployment_event,
    draft_changed,
    merge_request_event,
    note_event,
    push_event,
)
from bot.demo.company.gitlab_objects import Json, labels, project, repository, stamp, user, user_id
from bot.demo.company.people import GITLAB_HOST, Member, Repository
from bot.demo.company.script import Incident, PullRequest, Review
from tests.stories.happenings import DeploymentStatus, Push, Release, Run

ACTIONS = {"opened": "open", "closed": "close", "reopened": "reopen", "merged": "merge"}
STATUSES = {"in_progress": "running"}


class GitLab:
    """One project's side of GitLab. It tells neither when a push was, nor that it was forced."""

    provider = "gitlab"

    def member(self, login: str, number: int, offset: int) -> Member:
        """Usernames have no brackets here: `x[bot]` is called x-bot."""
        if login.endswith("[bot]"):
            login = login.removesuffix("[bot]") + "-bot"
            return Member(login, login.replace("-", " ").title(), number, "", offset, bot=True)
        return Member(login, login.title(), number, "", offset)

    def push(self, push: Push) -> Iterator[Delivery]:
        told = push_event(push.of, push.ref, push.before, push.after, push.commits, push.sender)
        yield make_delivery("gitlab", "Push Hook", told, push.at)

    def tag(self, of: Repository, name: str, sha: str, at: datetime, sender: Member) -> Iterator[Delivery]:
        told = push_event(of, name, "0" * 40, sha, (), sender)
        told |= {"object_kind": "tag_push", "event_name": "tag_push", "ref": f"refs/tags/{name}"}
        yield make_delivery("gitlab", "Tag Push Hook", told, at)

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, before: str = ""
    ) -> Iterator[Delivery]:
        """`before`: the head that was pushed over, or the branch that it was to be merged into."""
        changes: Json = {}
        if word in ("draft", "ready"):
            changes = draft_changed(pull_request, draft=word == "draft")
        if word == "retargeted":
            changes = {"target_branch": {"previous": before, "current": pull_request.base}}
        oldrev = before if word == "synchronize" else None
        told = merge_request_event(
            pull_request, ACTIONS.get(word, "update"), at, sender, oldrev=oldrev, changes=changes
        )
        yield make_delivery("gitlab", "Merge Request Hook", told, at)

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        if deleted_at is not None:
            raise ValueError("GitLab does not tell that a note was deleted")
        for place in range(len(review.comments)):
            told = note_event(pull_request, review, place)
            told["object_attributes"]["id"] = number * 10 + place
            yield make_delivery("gitlab", "Note Hook", told, review.at)
        if review.state == "approved":
            told = merge_request_event(pull_request, "approved", review.at, review.reviewer)
            yield make_delivery("gitlab", "Merge Request Hook", told, review.at)

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        if status.service is not None:
            raise ValueError("GitLab's deployments name no service")
        told = deployment_event(status.of, STATUSES.get(status.says, status.says), status.at, status.ref)
        if status.odd:
            del told["commit_url"]
        yield make_delivery("gitlab", "Deployment Hook", told, status.at)

    def key_of_run(self, run: Run) -> str:
        return f"pipeline:{run.number}:{run.called}"

    def run(self, run: Run) -> Iterator[Delivery]:
        """https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events"""
        told = {
            "object_kind": "build",
            "ref": run.branch,
            "tag": False,
            "sha": run.sha,
            "build_id": run.number * 10,
            "build_name": run.called,
            "build_stage": "deploy",
            "build_status": STATUSES.get(run.says, run.says),
            "build_created_at": stamp(run.at),
            "build_started_at": stamp(run.at),
            "build_finished_at": stamp(run.at),
            "pipeline_id": run.number,
            "project_id": run.of.id,
            "project_name": run.of.path.replace("/", " / "),
            "user": user(run.by),
            "commit": {"id": run.number, "sha": run.sha, "status": "running"},
            "repository": {**repository(run.of), "visibility_level": 0},
            "project": project(run.of),
            "environment": {"name": run.environment, "action": "start", "deployment_tier": "production"},
        }
        yield make_delivery("gitlab", "Job Hook", told, run.at)

    def release(self, release: Release) -> Iterator[Delivery]:
        """https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events"""
        if release.draft or release.prerelease:
            raise ValueError("GitLab has neither drafts nor prereleases")
        told = {
            "object_kind": "release",
            "id": release.number,
            "created_at": stamp(release.at),
            "released_at": stamp(release.at),
            "description": "",
            "name": release.tag,
            "tag": release.tag,
            "project": project(release.of),
            "url": f"https://{GITLAB_HOST}/{release.of.path}/-/releases/{release.tag}",
            "action": "create",
            "assets": {"count": 0, "links": [], "sources": []},
            "commit": {"id": release.sha, "message": "", "title": ""},
        }
        yield make_delivery("gitlab", "Release Hook", told, release.at)

    def incident(self, incident: Incident, says: str, at: datetime) -> Iterator[Delivery]:
        """`says`: opened, closed or taken back (its label)."""
        yield make_delivery("gitlab", "Issue Hook", issue_event(incident, says, at), at)

    def move(self, before: Repository, after: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        """Renamed, or transferred to another group; the id stays."""
        word = "project_rename" if before.name != after.name else "project_transfer"
        yield _system_hook(word, after, at, sender, old_path_with_namespace=before.path)

    def delete(self, of: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        yield _system_hook("project_destroy", of, at, sender)


def _system_hook(word: str, of: Repository, at: datetime, sender: Member, **more: object) -> Delivery:
    """https://docs.gitlab.com/administration/system_hooks/"""
    told = {
        "created_at": stamp(of.made_at),
        "updated_at": stamp(at),
        "event_name": word,
        "name": of.name,
        "owner_email": sender.email,
        "owner_name": sender.name,
        "owners": [{"name": sender.name, "email": sender.email}],
        "path": of.name,
        "path_with_namespace": of.path,
        "project_id": of.id,
        "project_namespace_id": of.id,
        "project_visibility": "private",
        **more,
    }
    return make_delivery("gitlab", "System Hook", told, at)


def issue_event(incident: Incident, says: str, at: datetime) -> Json:
    """https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events"""
    of, closed = incident.repository, says == "closed"
    label = labels(of, ["incident"])
    kept = [] if says == "taken back" else label
    return {
        "object_kind": "issue",
        "event_type": "issue",
        "user": user(incident.reporter),
        "project": project(of),
        "object_attributes": {
            "author_id": user_id(incident.reporter),
            "closed_at": stamp(incident.closed_at) if closed else None,
            "confidential": False,
            "created_at": stamp(incident.opened_at),
            "description": incident.body,
            "discussion_locked": None,
            "due_date": None,
            "id": of.id * 100_000 + incident.number,
            "iid": incident.number,
            "last_edited_at": None,
            "last_edited_by_id": None,
            "milestone_id": None,
            "moved_to_id": None,
            "duplicated_to_id": None,
            "project_id": of.id,
            "relative_position": 513,
            "state_id": 2 if closed else 1,
            "time_estimate": 0,
            "title": incident.title,
            "updated_at": stamp(at),
            "updated_by_id": None,
            "weight": None,
            "health_status": None,
            "type": "Issue",
            "url": f"https://{GITLAB_HOST}/{of.path}/-/issues/{incident.number}",
            "total_time_spent": 0,
            "time_change": 0,
            "human_total_time_spent": None,
            "human_time_change": None,
            "human_time_estimate": None,
            "assignee_ids": [user_id(incident.reporter)],
            "assignee_id": user_id(incident.reporter),
            "labels": kept,
            "state": "closed" if closed else "opened",
            "severity": "unknown",
            "customer_relations_contacts": [],
            "action": {"opened": "open", "closed": "close"}.get(says, "update"),
        },
        "labels": kept,
        "changes": {"labels": {"previous": label, "current": []}} if says == "taken back" else {},
        "repository": repository(of),
        "assignees": [user(incident.reporter)],
    }

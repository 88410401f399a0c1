"""What happens in a story, as GitHub tells it: its deliveries, made by the sample company's own builders."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from bot.demo.company import Delivery
from bot.demo.company.delivery import make_delivery
from bot.demo.company.github_accounts import owner, stamp, user
from bot.demo.company.github_deployments import deployment_status_event
from bot.demo.company.github_issues import issue_event
from bot.demo.company.github_objects import envelope
from bot.demo.company.github_pull_requests import pull_request_event
from bot.demo.company.github_pushes import push_event
from bot.demo.company.github_reviews import comment_event, review_event
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Incident, PullRequest, Review
from tests.stories.happenings import DeploymentStatus, Push, Release, Run

ACTIONS = {"draft": "converted_to_draft", "ready": "ready_for_review", "merged": "closed", "retargeted": "edited"}
STATES = {"failed": "failure"}


class GitHub:
    """One repository's side of GitHub. A deleted branch and a created one have zeros for their other end."""

    provider = "github"

    def __init__(self) -> None:
        self._ids = count(1)

    def member(self, login: str, number: int, offset: int) -> Member:
        return Member(login, login.title(), number, "", offset, bot=login.endswith("[bot]"))

    def push(self, push: Push) -> Iterator[Delivery]:
        told = push_event(
            push.of, push.ref, push.before, push.after, push.commits, push.at, push.sender, forced=push.forced
        )
        yield make_delivery("github", "push", told, push.at)

    def tag(self, of: Repository, name: str, sha: str, at: datetime, sender: Member) -> Iterator[Delivery]:
        told = push_event(of, name, "0" * 40, sha, (), at, sender)
        told |= {"ref": f"refs/tags/{name}", "base_ref": f"refs/heads/{of.default_branch}"}
        yield make_delivery("github", "push", told, at)

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, before: str = ""
    ) -> Iterator[Delivery]:
        """`before`: the head that was pushed over, or the base that it had."""
        more: dict[str, object] = {}
        if word == "synchronize":
            more = {"before": before, "after": pull_request.commits[-1].sha}
        if word == "retargeted":
            more = {"changes": {"base": {"ref": {"from": before}, "sha": {"from": pull_request.base_sha}}}}
        told = pull_request_event(pull_request, ACTIONS.get(word, word), at, sender, **more)
        yield make_delivery("github", "pull_request", told, at)

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        """`deleted_at`: its comments were deleted; a review itself stays."""
        told = review_event(pull_request, review)
        told["review"]["id"] = number
        yield make_delivery("github", "pull_request_review", told, review.at)
        for place in range(len(review.comments)):
            comment = self._comment(pull_request, review, number, place)
            yield make_delivery("github", "pull_request_review_comment", comment, review.at)
            if deleted_at is not None:
                deleted = comment | {"action": "deleted"}
                yield make_delivery("github", "pull_request_review_comment", deleted, deleted_at)

    def _comment(self, pull_request: PullRequest, review: Review, number: int, place: int) -> dict[str, object]:
        told = comment_event(pull_request, review, place)
        told["comment"] |= {"id": number * 10 + place, "pull_request_review_id": number}
        return told

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        told = deployment_status_event(status.of, STATES.get(status.says, status.says), status.at, status.ref)
        told["deployment"]["transient_environment"] = status.odd
        told["deployment"]["payload"] = {"service": status.service} if status.service else {}
        told["deployment_status"]["id"] = status.of.id * 1000 + next(self._ids)
        yield make_delivery("github", "deployment_status", told, status.at)

    def key_of_run(self, run: Run) -> str:
        return f"workflow_run:{run.number}"

    def run(self, run: Run) -> Iterator[Delivery]:
        """https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run"""
        told = {
            "action": "completed",
            "workflow_run": {
                "id": run.number,
                "name": run.called,
                "head_branch": run.branch,
                "head_sha": run.sha,
                "event": "push",
                "status": "completed",
                "conclusion": STATES.get(run.says, run.says),
                "html_url": f"https://github.com/{run.of.path}/actions/runs/{run.number}",
                "created_at": stamp(run.at),
                "run_started_at": stamp(run.at),
                "updated_at": stamp(run.at),
                "actor": user(run.by),
                "triggering_actor": user(run.by),
                "head_repository": {"id": run.of.id, "full_name": run.of.path},
            },
            "workflow": {"id": 61, "name": run.called, "path": f".github/workflows/{run.called}.yml"},
            **envelope(run.of, run.at, run.by),
        }
        yield make_delivery("github", "workflow_run", told, run.at)

    def release(self, release: Release) -> Iterator[Delivery]:
        """https://docs.github.com/webhooks/webhook-events-and-payloads#release"""
        told = {
            "action": "created" if release.draft else "published",
            "release": {
                "id": release.number,
                "tag_name": release.tag,
                # The branch, whose head the tag need not be.
                "target_commitish": release.of.default_branch,
                "name": release.tag,
                "draft": release.draft,
                "prerelease": release.prerelease,
                "author": user(release.by),
                "created_at": stamp(release.at),
                "published_at": None if release.draft else stamp(release.at),
                "html_url": f"https://github.com/{release.of.path}/releases/tag/{release.tag}",
            },
            **envelope(release.of, release.at, release.by),
        }
        yield make_delivery("github", "release", told, release.at)

    def incident(self, incident: Incident, says: str, at: datetime) -> Iterator[Delivery]:
        """`says`: opened, closed or taken back (its label)."""
        if says == "taken back":
            told = issue_event(incident, "unlabeled", at)
            told["label"] = told["issue"]["labels"].pop()
        else:
            told = issue_event(incident, says, at)
        yield make_delivery("github", "issues", told, at)

    def move(self, before: Repository, after: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        """Renamed, or transferred to another owner; the id stays."""
        told = {**envelope(after, at, sender)}
        if before.path.rpartition("/")[0] == after.path.rpartition("/")[0]:
            told |= {"action": "renamed", "changes": {"repository": {"name": {"from": before.name}}}}
        else:
            told |= {"action": "transferred", "changes": {"owner": {"from": {"organization": owner()}}}}
        yield make_delivery("github", "repository", told, at)

    def delete(self, of: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        yield make_delivery("github", "repository", {"action": "deleted", **envelope(of, at, sender)}, at)

"""A story told into the fake GitLab: what its API shows afterwards of what its webhooks would have told."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.demo.company import Delivery
from bot.demo.company.people import GITLAB_HOST, Member, Repository
from bot.demo.company.script import Incident, PullRequest, Review
from tests.fakes.gitlab.world import Json, Project
from tests.stories.git import StoryCommit
from tests.stories.happenings import DeploymentStatus, Push, Release, Run
from tests.stories.telling_gitlab import STATUSES, GitLab
from tests.stories.timeline import Timeline

ZEROS = "0" * 40
WEB = f"https://{GITLAB_HOST}"


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def account(member: Member) -> Json:
    return {"id": member.id, "username": member.login, "name": member.name, "state": "active"}


class Recording(GitLab):
    """In place of the teller of webhooks: sends nothing, and remembers what cannot be seen at the end."""

    def __init__(self, project: Project, web: str = WEB) -> None:
        self.project = project
        self.web = web
        self.touched: dict[int, datetime] = {}
        self._deployments: dict[int, Json] = {}
        self._notes = 0

    def push(self, push: Push) -> Iterator[Delivery]:
        ends = [None if sha == ZEROS else sha for sha in (push.before, push.after)]
        data: Json = {"ref_type": "branch", "ref": push.ref, "commit_from": ends[0], "commit_to": ends[1]}
        data["commit_count"] = len(push.commits)
        self.project.pushes.insert(0, {"created_at": stamp(push.at), "push_data": data})
        yield from ()

    def tag(self, of: Repository, name: str, sha: str, at: datetime, sender: Member) -> Iterator[Delivery]:
        yield from ()

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, before: str = ""
    ) -> Iterator[Delivery]:
        self.touched[pull_request.number] = at
        if word in ("draft", "ready"):
            self._note(pull_request.number, at, sender, f"marked this merge request as **{word}**", system=True)
        yield from ()

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        for place, comment in enumerate(review.comments):
            self._note(pull_request.number, review.at, review.reviewer, comment, id_=number * 10 + place)
        if review.state == "approved":
            self._note(pull_request.number, review.at, review.reviewer, "approved this merge request", system=True)
        yield from ()

    def _note(
        self, number: int, at: datetime, by: Member, body: str, *, system: bool = False, id_: int | None = None
    ) -> None:
        self._notes += 1
        told = {
            "id": id_ or 10**6 + self._notes,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "body": body,
            "system": system,
        }
        self.project.merge_request_notes.setdefault(number, []).append({**told, "author": account(by)})

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        deployment, at = status.of, status.at
        said = STATUSES.get(status.says, status.says)
        ended = None if said in ("running", "created") else stamp(at)
        known = self._deployments.setdefault(deployment.id, {"created_at": stamp(at)})
        known |= {
            "id": deployment.id,
            "status": said,
            "updated_at": stamp(at),
            "sha": deployment.sha,
            "ref": status.ref,
            "environment": {"id": 1, "name": deployment.environment},
            "user": account(deployment.creator),
            "deployable": {
                "id": deployment.id * 3,
                "started_at": stamp(deployment.started_at),
                "finished_at": ended,
                "web_url": f"{self.web}/{self.project.path}/-/jobs/{deployment.id * 3}",
            },
        }
        tiers = {one["name"]: one for one in self.project.environments}
        tiers[deployment.environment] = {"name": deployment.environment, "tier": deployment.tier or None}
        self.project.environments = list(tiers.values())
        yield from ()

    def run(self, run: Run) -> Iterator[Delivery]:
        """GitLab makes a deployment of a job that deploys."""
        status = STATUSES.get(run.says, run.says)
        ended = None if status == "running" else stamp(run.at)
        job = {
            "id": run.number * 10,
            "name": run.called,
            "status": status,
            "ref": run.branch,
            "tag": False,
            "started_at": stamp(run.at),
            "finished_at": ended,
            "user": account(run.by),
            "pipeline": {"id": run.number, "source": "push"},
        }
        number = 10**7 + len(self._deployments)
        self._deployments[number] = {
            "id": number,
            "status": status,
            "created_at": stamp(run.at),
            "updated_at": stamp(run.at),
            "sha": run.sha,
            "ref": run.branch,
            "environment": {"id": 1, "name": run.environment, "tier": "production"},
            "user": account(run.by),
            "deployable": job,
        }
        yield from ()

    def release(self, release: Release) -> Iterator[Delivery]:
        if release.draft or release.prerelease:
            raise ValueError("GitLab has neither drafts nor prereleases")
        shown = {
            "id": f"gid://gitlab/Release/{release.number}",
            "tagName": release.tag,
            "createdAt": stamp(release.at),
            "releasedAt": stamp(release.at),
            "commit": {"sha": release.sha},
            "links": None,
        }
        self.project.releases.insert(0, shown)
        yield from ()

    def incident(self, incident: Incident, says: str, at: datetime) -> Iterator[Delivery]:
        of = self.project
        of.issues = [one for one in of.issues if one["iid"] != incident.number]
        of.issues.append(
            {
                "id": 9000 + incident.number,
                "iid": incident.number,
                "title": incident.title,
                "state": "closed" if says == "closed" else "opened",
                "issue_type": "issue",
                "labels": [] if says == "taken back" else ["incident"],
                "created_at": stamp(incident.opened_at),
                "updated_at": stamp(at),
                "closed_at": stamp(at) if says == "closed" else None,
                "web_url": f"{self.web}/{of.path}/-/issues/{incident.number}",
            }
        )
        yield from ()

    def move(self, before: Repository, after: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        self.project.path = after.path
        yield from ()

    def show(self, timeline: Timeline) -> None:
        """What the API shows when the story is over."""
        git, project = timeline.git, self.project
        project.default_branch, project.heads = timeline.of.default_branch, dict(git.branches)
        project.created_at = str(stamp(timeline.of.made_at))
        project.deployments = list(reversed(self._deployments.values()))

        def shown(one: StoryCommit) -> Json:
            author = timeline.member(one.author)
            return {
                "id": one.sha,
                "parent_ids": list(one.parents),
                "title": one.message.partition("\n")[0],
                "message": one.message,
                "authored_date": stamp(one.time),
                "committed_date": stamp(one.committed_at),
                "author_name": author.name,
                "author_email": author.email,
                "stats": {"additions": 10, "deletions": 2, "total": 12},
            }

        project.diffs = {sha: [(name, name) for name in one.files] for sha, one in git.commits.items()}
        main = git.branches.get(project.default_branch)
        project.commits = [shown(one) for one in reversed(git.between([], main))] if main else []
        landed = {one["id"] for one in project.commits}
        project.other_commits = [shown(one) for sha, one in git.commits.items() if sha not in landed]
        for number, pr in timeline.pull_requests.items():
            merged = pr.state == "merged"
            told: dict[str, Any] = {
                "id": project.id * 100_000 + number,
                "iid": number,
                "title": f"Draft: {pr.title}" if pr.draft else pr.title,
                "description": pr.body,
                "state": {"open": "opened"}.get(pr.state, pr.state),
                "created_at": stamp(pr.created_at),
                "updated_at": stamp(self.touched[number]),
                "merged_at": stamp(pr.merged_at),
                "closed_at": stamp(pr.closed_at),
                "target_branch": pr.base,
                "source_branch": pr.head,
                "source_project_id": project.id + pr.fork,
                "target_project_id": project.id,
                "author": account(timeline.member(pr.author)),
                "draft": pr.draft,
                "sha": pr.head_sha,
                "merge_commit_sha": pr.merge_sha if merged and pr.merge_told else None,
                "labels": list(pr.labels),
                "reviewers": [],
                "web_url": f"{self.web}/{project.path}/-/merge_requests/{number}",
            }
            project.merge_requests[number] = told
            project.merge_request_commits[number] = [shown(one) for one in reversed(pr.commits)]
            project.sizes[number] = {"additions": 10, "deletions": 2, "fileCount": 1}

"""A story told into the fake Bitbucket: what its API shows afterwards of what its webhooks would have told."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.demo.company import Delivery
from bot.demo.company.people import Member
from bot.demo.company.people import Repository as Place
from bot.demo.company.script import PullRequest, Review
from tests.fakes.bitbucket.world import Json, Repository
from tests.stories.git import StoryCommit
from tests.stories.happenings import DeploymentStatus, Push
from tests.stories.pull_requests import as_it_is
from tests.stories.telling_bitbucket import SHORT, STATES, Bitbucket, Untold, account, require_words, stamp, uuid
from tests.stories.timeline import Timeline

DIFFSTAT = [{"type": "diffstat", "status": "modified", "lines_added": 10, "lines_removed": 2}]
FILE = {"type": "commit_file", "path": "src/main.py"}


class Recording(Bitbucket):
    """In place of the teller of webhooks: sends nothing, and remembers what cannot be seen at the end.

    `by_pipelines`: deployments are those of Pipelines; else another tool reports them as builds.
    """

    def __init__(self, repository: Repository, *, by_pipelines: bool = True) -> None:
        self.repository = repository
        self.by_pipelines = by_pipelines
        self.touched: dict[int, datetime] = {}
        self._deployments: dict[int, Json] = {}

    def push(self, push: Push) -> Iterator[Delivery]:
        yield from ()

    def tag(self, of: Place, name: str, sha: str, at: datetime, sender: Member) -> Iterator[Delivery]:
        yield from ()

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, before: str = ""
    ) -> Iterator[Delivery]:
        if word in ("draft", "ready", "reopened"):
            raise Untold(word)
        self.touched[pull_request.number] = at
        state = {"merged": "MERGED", "closed": "DECLINED"}.get(word, "OPEN")
        self._happened(pull_request.number, update={"state": state, "date": stamp(at), "author": account(sender)})
        yield from ()

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        user, at = account(review.reviewer), stamp(review.at)
        if review.comments:
            comment = {"id": number, "created_on": at, "updated_on": at, "user": user, "deleted": bool(deleted_at)}
            if deleted_at is not None:
                comment["updated_on"] = stamp(deleted_at)
            self._happened(pull_request.number, comment=comment)
        else:
            verdict = "approval" if review.state == "approved" else "changes_requested"
            self._happened(pull_request.number, **{verdict: {"date": at, "user": user}})
        yield from ()

    def _happened(self, number: int, **what: Json) -> None:
        part = {"type": "pullrequest", "id": number}
        self.repository.activity.setdefault(number, []).insert(0, {"pull_request": part, **what})

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        if self.by_pipelines:
            self._deployments[status.of.id] = self._by_pipelines(status)
        else:
            told = self.commit_status(status)
            kept = self.repository.statuses.setdefault(status.of.sha, [])
            # A commit has one for each key.
            kept[:] = [one for one in kept if one["key"] != told["key"]] + [told]
        yield from ()

    def _by_pipelines(self, status: DeploymentStatus) -> Json:
        require_words(status)
        deployment = status.of
        name, run = deployment.environment, f"{self.web}/pipelines/results/{deployment.id}"
        kind = "Production" if "prod" in name else "Staging" if "stag" in name else "Test"
        state: Json = {"type": "deployment_state_in_progress", "name": "IN_PROGRESS", "url": f"{run}/steps/1"}
        if status.says != "in_progress":
            word = STATES[status.says]
            ended = {"type": f"deployment_state_completed_status_{word.lower()}", "name": word}
            state |= {"type": "deployment_state_completed", "name": "COMPLETED", "status": ended}
            state["completed_on"] = stamp(status.at)
        state |= {"started_on": stamp(deployment.started_at), "deployer": account(deployment.creator)}
        return {
            "type": "deployment",
            "uuid": uuid(deployment.id),
            "state": state,
            "environment": {"type": "deployment_environment", "name": name, "environment_type": {"name": kind}},
            "release": {
                "type": "deployment_release",
                "name": f"#{deployment.id}",
                "url": run,
                "created_on": stamp(deployment.started_at),
                "commit": {"type": "commit", "hash": deployment.sha},
            },
        }

    @property
    def web(self) -> str:
        return f"https://bitbucket.org/{self.repository.full_name}"

    def move(self, before: Place, after: Place, at: datetime, sender: Member) -> Iterator[Delivery]:
        self.repository.full_name = after.path
        yield from ()

    def show(self, timeline: Timeline) -> None:
        """What the API shows when the story is over."""
        git, of = timeline.git, self.repository
        of.main_branch, of.heads = timeline.of.default_branch, dict(git.branches)
        of.created_on = stamp(timeline.of.made_at)
        of.deployments = list(self._deployments.values())
        files = [{**DIFFSTAT[0], "old": FILE, "new": FILE}]

        def shown(one: StoryCommit) -> Json:
            author = timeline.member(one.author)
            return {
                "type": "commit",
                "hash": one.sha,
                "date": stamp(one.time),
                "message": one.message,
                "author": {"raw": f"{author.name} <{author.email}>", "user": account(author)},
                "parents": [{"type": "commit", "hash": parent} for parent in one.parents],
            }

        of.commits = {one.sha: shown(one) for one in git.commits.values()}
        of.diffstats |= dict.fromkeys(of.commits, files)
        for number, pr in timeline.pull_requests.items():
            told: dict[str, Any] = self.snapshot(as_it_is(timeline, pr, self.touched[number]), self.touched[number])
            if pr.state == "merged" and pr.merge_sha and pr.merge_told:
                told["merge_commit"] = {"hash": pr.merge_sha[:SHORT]}
            of.pull_requests[number] = told
            of.pull_request_commits[number] = [one.sha for one in pr.commits]
            of.diffstats[number] = files

"""What happens in a story, as Bitbucket tells it.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.demo.company import Delivery
from bot.demo.company.delivery import make_delivery
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Commit, Incident, PullRequest, Review
from tests.stories.happenings import DeploymentStatus, Push

Json = dict[str, Any]
ZEROS = "0" * 40
# Of a pull request's ends only so much is told.
SHORT = 12
EVENTS = {"opened": "created", "merged": "fulfilled", "closed": "rejected"}
STATES = {"in_progress": "INPROGRESS", "success": "SUCCESSFUL", "failed": "FAILED", "canceled": "STOPPED"}


class Untold(Exception):
    """Bitbucket has no word for it."""


def require_words(status: DeploymentStatus) -> None:
    if status.odd or status.service or status.says not in STATES or status.of.tier:
        raise Untold(status.says)


def uuid(number: int) -> str:
    return f"{{{UUID(int=number)}}}"


def stamp(at: datetime) -> str:
    return at.isoformat()


def account(member: Member) -> Json:
    return {"type": "user", "uuid": uuid(member.id), "display_name": member.name, "nickname": member.login}


def repository(of: Repository) -> Json:
    return {
        "type": "repository",
        "uuid": uuid(of.id),
        "full_name": of.path,
        "links": {"html": {"href": f"https://bitbucket.org/{of.path}"}},
    }


def commit(one: Commit) -> Json:
    return {
        "type": "commit",
        "hash": one.sha,
        "date": stamp(one.authored_at),
        "message": one.message,
        "author": {"raw": f"{one.author.name} <{one.author.email}>", "user": account(one.author)},
    }


class Bitbucket:
    """One repository's side of Bitbucket. It tells neither when a push was, nor what became of a draft."""

    provider = "bitbucket"

    def member(self, login: str, number: int, offset: int) -> Member:
        return Member(login, login.title(), number, "", offset, bot=login.endswith("[bot]"))

    def push(self, push: Push) -> Iterator[Delivery]:
        commits = [commit(one) for one in push.commits]
        if len(commits) > 5:
            raise Untold("more than five commits of a push")
        head = commits[-1] if commits else {"hash": push.after, "date": stamp(push.at)}

        def state(target: Json) -> Json | None:
            return None if target["hash"] == ZEROS else {"type": "branch", "name": push.ref, "target": target}

        change: Json = {
            "old": state({"hash": push.before}),
            "new": state({**head, "hash": push.after}),
            "commits": commits[::-1],
            "forced": push.forced,
            "truncated": False,
        }
        yield self._deliver("repo:push", push.of, push.sender, push.at, push={"changes": [change]})

    def tag(self, of: Repository, name: str, sha: str, at: datetime, sender: Member) -> Iterator[Delivery]:
        target = {"hash": sha, "date": stamp(at)}
        change: Json = {"old": None, "new": {"type": "tag", "name": name, "target": target}, "commits": []}
        yield self._deliver("repo:push", of, sender, at, push={"changes": [change]})

    def pull_request(
        self, pull_request: PullRequest, word: str, at: datetime, sender: Member, _before: str = ""
    ) -> Iterator[Delivery]:
        if word in ("draft", "ready", "reopened"):
            raise Untold(word)
        told = self.snapshot(pull_request, at)
        event = f"pullrequest:{EVENTS.get(word, 'updated')}"
        yield self._deliver(event, pull_request.repository, sender, at, pullrequest=told)

    def snapshot(self, pull_request: PullRequest, at: datetime) -> Json:
        of = pull_request.repository
        state = "MERGED" if pull_request.merged_at else "DECLINED" if pull_request.closed_at else "OPEN"

        def end(branch: str, sha: str, where: Repository) -> Json:
            return {"branch": {"name": branch}, "commit": {"hash": sha[:SHORT]}, "repository": repository(where)}

        return {
            "id": pull_request.number,
            "title": pull_request.title,
            "description": pull_request.body,
            "state": state,
            "author": account(pull_request.author),
            "created_on": stamp(pull_request.created_at),
            "updated_on": stamp(at),
            "source": end(pull_request.branch, pull_request.commits[-1].sha, pull_request.source or of),
            "destination": end(pull_request.base, pull_request.base_sha, of),
            "merge_commit": {"hash": pull_request.merge_sha[:SHORT]} if pull_request.merge_sha else None,
            "links": {"html": {"href": f"https://bitbucket.org/{of.path}/pull-requests/{pull_request.number}"}},
            "reviewers": [],
        }

    def review(
        self, pull_request: PullRequest, review: Review, number: int, deleted_at: datetime | None
    ) -> Iterator[Delivery]:
        told, of = self.snapshot(pull_request, review.at), pull_request.repository
        user = account(review.reviewer)
        if review.comments:
            comment = {"id": number, "created_on": stamp(review.at), "updated_on": stamp(review.at), "user": user}
            event = "pullrequest:comment_created"
            yield self._deliver(event, of, review.reviewer, review.at, pullrequest=told, comment=comment)
            if deleted_at is not None:
                comment |= {"updated_on": stamp(deleted_at), "deleted": True}
                event = "pullrequest:comment_deleted"
                yield self._deliver(event, of, review.reviewer, deleted_at, pullrequest=told, comment=comment)
            return
        verdict = "approval" if review.state == "approved" else "changes_request"
        event = "pullrequest:approved" if verdict == "approval" else "pullrequest:changes_request_created"
        given = {verdict: {"date": stamp(review.at), "user": user}}
        yield self._deliver(event, of, review.reviewer, review.at, pullrequest=told, **given)

    def deployment(self, status: DeploymentStatus) -> Iterator[Delivery]:
        told, of = self.commit_status(status), status.of
        event = f"repo:commit_status_{'created' if status.says == 'in_progress' else 'updated'}"
        yield self._deliver(event, of.repository, of.creator, status.at, commit_status=told)

    def commit_status(self, status: DeploymentStatus) -> Json:
        """As a step of Pipelines reports it of itself."""
        require_words(status)
        of = status.of
        return {
            "key": f"deploy-{of.environment}",
            "name": of.title,
            "state": STATES[status.says],
            "refname": status.ref,
            "url": f"https://bitbucket.org/{of.repository.path}/pipelines/results/{of.id}",
            "created_on": stamp(of.started_at),
            "updated_on": stamp(status.at),
            "commit": {"hash": of.sha},
        }

    def incident(self, _incident: Incident, _says: str, _at: datetime) -> Iterator[Delivery]:
        raise Untold("incidents")

    def move(self, _before: Repository, after: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        # Its time is that of its receipt: told to be a second later, so that it is the newest.
        yield self._deliver("repo:updated", after, sender, at + timedelta(seconds=1), changes={})

    def delete(self, of: Repository, at: datetime, sender: Member) -> Iterator[Delivery]:
        yield self._deliver("repo:deleted", of, sender, at)

    def key_of_run(self, _told: object) -> str:
        raise Untold("runs that are no deployments")

    def release(self, _told: object) -> Iterator[Delivery]:
        raise Untold("releases")

    def _deliver(self, event: str, of: Repository, sender: Member, at: datetime, **told: object) -> Delivery:
        payload = {**told, "repository": repository(of), "actor": account(sender)}
        return make_delivery("bitbucket", event, payload, at)

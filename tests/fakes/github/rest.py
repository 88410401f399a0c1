"""The local GitHub's REST."""

import asyncio
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from tests.fakes.github.objects import deployment_object, issue_object, pull_request_object, release_object, run_object
from tests.fakes.github.telling import Told
from tests.fakes.github.world import Repository, stamp

if TYPE_CHECKING:
    from tests.fakes.github.server import FakeGitHub

PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}


def routes(github: "FakeGitHub", prefix: str) -> list[web.RouteDef]:
    rest = Rest(github)
    repository = f"{prefix}/repos/{{owner}}/{{name}}"
    return [
        web.get(f"{prefix}/app/installations", rest.installations),
        web.post(f"{prefix}/app/installations/{{id}}/access_tokens", rest.token),
        web.get(f"{prefix}/app/hook/deliveries", rest.deliveries),
        web.post(f"{prefix}/app/hook/deliveries/{{id}}/attempts", rest.attempt),
        web.get(f"{prefix}/installation/repositories", rest.repositories),
        web.get(f"{repository}/activity", rest.activity),
        web.get(f"{repository}/pulls/comments", rest.comments),
        web.get(f"{repository}/deployments", rest.deployments),
        web.get(f"{repository}/issues", rest.issues),
        web.get(f"{repository}/commits/{{sha}}", rest.commit),
        web.get(f"{repository}/actions/runs", rest.runs),
        web.get(f"{repository}/actions/runs/{{id}}/attempts/{{number}}", rest.run_attempt),
        web.get(f"{repository}/releases", rest.releases),
        web.get(f"{repository}/compare/{{range}}", rest.compare),
    ]


class Rest:
    def __init__(self, github: "FakeGitHub") -> None:
        self.github = github

    def _repository(self, request: web.Request) -> Repository:
        path = f"{request.match_info['owner']}/{request.match_info['name']}".lower()
        found = self.github.world.repositories.get(path)
        if found is None:
            raise web.HTTPNotFound(text=json.dumps({"message": "Not Found"}), content_type="application/json")
        return found

    async def installations(self, request: web.Request) -> web.Response:
        world = self.github.world
        told = [
            {
                "id": one.id,
                "account": {"login": one.login, "type": "Organization"},
                "html_url": f"{world.web}/organizations/{one.login}/settings/installations/{one.id}",
                "created_at": "2026-01-01T00:00:00Z",
                "updated_at": "2026-01-01T00:00:00Z",
                "suspended_at": "2026-01-02T00:00:00Z" if one.suspended else None,
            }
            for one in (world.installation, *world.other_installations)
        ]
        return self.github.page(request, told)

    async def token(self, _: web.Request) -> web.Response:
        if self.github.world.installation.suspended:
            said = json.dumps({"message": "This installation has been suspended"})
            return web.Response(status=403, text=said, content_type="application/json")
        # A real one takes its time: whoever asks twice at once gets two.
        await asyncio.sleep(0.01)
        return self.github.give_token()

    async def repositories(self, request: web.Request) -> web.Response:
        listed = [one.rest() for one in self.github.world.repositories.values()]
        return self.github.page(request, listed, "repositories")

    async def activity(self, request: web.Request) -> web.Response:
        if not self.github.keeps_pushes:
            raise web.HTTPNotFound(text=json.dumps({"message": "Not Found"}), content_type="application/json")
        assert request.query["direction"] == "desc"
        since = time.time() - PERIODS[request.query["time_period"]] * 86400
        moves = [move for move in self._repository(request).moves if move.at.timestamp() >= since]
        moves.sort(key=lambda move: move.at, reverse=True)
        told = [
            {
                "id": place,
                "ref": move.ref,
                "before": move.before,
                "after": move.after,
                "timestamp": stamp(move.at),
                "activity_type": move.type,
                "actor": move.actor.rest(),
            }
            for place, move in enumerate(moves)
        ]
        return self.github.page(request, told)

    async def comments(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        since = datetime.fromisoformat(request.query["since"])
        told = [
            {
                "id": comment.id,
                "pull_request_url": f"{self.github.url}/repos/{repository.path}/pulls/{comment.number}",
                "user": comment.author.rest(),
                "created_at": stamp(comment.at),
                "updated_at": stamp(comment.at),
            }
            for comment in repository.comments
            if comment.at >= since
        ]
        return self.github.page(request, told)

    async def deployments(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        listed = sorted(repository.deployments, key=lambda one: (one.created_at, one.id), reverse=True)
        return self.github.page(request, [deployment_object(one) for one in listed])

    async def issues(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        since, label = datetime.fromisoformat(request.query["since"]), request.query.get("labels")
        listed = [
            issue_object(repository, issue)
            for issue in repository.issues
            if (label is None or label in issue.labels) and issue.updated_at >= since
        ]
        if label is None:
            # To GitHub a pull request is an issue.
            pulls = [one for one in repository.pull_requests.values() if one.updated_at >= since]
            listed += [{**pull_request_object(repository, one, whole=False), "pull_request": {}} for one in pulls]
        return self.github.page(request, listed)

    async def commit(self, request: web.Request) -> web.Response:
        """With its files, 300 to a page."""
        found = self._repository(request).commits.get(request.match_info["sha"])
        if found is None:
            raise web.HTTPNotFound(text=json.dumps({"message": "Not Found"}), content_type="application/json")
        files = [{"filename": name, "status": "modified"} for name in found.files]
        return web.json_response({"sha": found.sha, "files": files})

    async def runs(self, request: web.Request) -> web.Response:
        """Of one search GitHub gives a thousand."""
        repository = self._repository(request)
        assert request.query["branch"] == "main"
        since, _, until = request.query["created"].removeprefix(">=").partition("..")
        listed = [one for one in repository.runs if since <= stamp(one.created_at) <= (until or "9")]
        listed.sort(key=lambda one: one.created_at, reverse=True)
        told = [run_object(repository, one) for one in listed[:1000]]
        return self.github.page(request, told, "workflow_runs")

    async def run_attempt(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        run = next(one for one in repository.runs if str(one.id) == request.match_info["id"])
        return web.json_response(run_object(repository, run, int(request.match_info["number"])))

    async def releases(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        listed = sorted(repository.releases, key=lambda one: one.published_at, reverse=True)
        return self.github.page(request, [release_object(repository, one) for one in listed])

    async def compare(self, request: web.Request) -> web.Response:
        repository = self._repository(request)
        base, _, head = request.match_info["range"].partition("...")
        if base not in repository.commits or head not in repository.commits:
            raise web.HTTPNotFound(text=json.dumps({"message": "Not Found"}), content_type="application/json")
        behind = {commit.sha for commit in repository.line(base)}
        between = [commit for commit in reversed(repository.line(head)) if commit.sha not in behind]
        ahead = base in {commit.sha for commit in repository.line(head)}
        told = [
            {
                "sha": commit.sha,
                "commit": {
                    "message": commit.message,
                    "author": {
                        "name": commit.author.name,
                        "email": commit.author.email,
                        "date": stamp(commit.authored_at),
                    },
                    "committer": {"date": stamp(commit.committed_at)},
                },
                "author": commit.author.rest(),
                "parents": [{"sha": sha} for sha in commit.parents],
            }
            for commit in between
        ]
        response = self.github.page(request, told, "commits")
        body = json.loads(response.body or b"{}")  # type: ignore[arg-type]  # (always bytes here)
        body["status"] = "identical" if base == head else "ahead" if ahead else "diverged"
        return web.json_response(body, headers={"Link": response.headers["Link"]} if "Link" in response.headers else {})

    async def deliveries(self, request: web.Request) -> web.Response:
        return self.github.page(request, self.github.deliveries[::-1])

    async def attempt(self, request: web.Request) -> web.Response:
        id_ = int(request.match_info["id"])
        found = next(one for one in self.github.deliveries if one["id"] == id_)
        assert self.github.hook is not None
        await self.github.hook.send(found["guid"], redelivery=True)
        return web.json_response({}, status=202)


class Hook:
    """Delivers webhooks to a receiver, and keeps the record of it that GitHub keeps."""

    def __init__(self, github: "FakeGitHub", url: str, secret: str) -> None:
        self.github = github
        self.url = url
        self.secret = secret
        github.hook = self

    async def tell(self, told: Told) -> int:
        guid = str(uuid4())
        self.github.bodies[guid] = (told.event, json.dumps(told.body).encode())
        return await self.send(guid, at=told.at)

    async def send(self, guid: str, *, redelivery: bool = False, at: datetime | None = None) -> int:
        """The receiver's status; 0: nobody answered."""
        event, body = self.github.bodies[guid]
        signature = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        try:
            async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=headers) as answer:
                status = answer.status
        except aiohttp.ClientError:
            status = 0
        record: dict[str, Any] = {
            "id": len(self.github.deliveries) + 1,
            "guid": guid,
            "delivered_at": stamp(at or datetime.now(UTC)),
            "redelivery": redelivery,
            "duration": 0.1,
            "status": "OK" if 200 <= status < 300 else "failed to connect" if status == 0 else str(status),
            "status_code": status or 502,
            "event": event,
            "action": json.loads(body).get("action"),
            "installation_id": self.github.world.installation.id,
            "repository_id": None,
        }
        self.github.deliveries.append(record)
        return status

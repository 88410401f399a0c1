"""The load: 40 % pushes of 8 KB, 40 % pull requests of 28 KB, 20 % deployment statuses of 12 KB, signed for GitHub.

Five deliveries make one change: a branch is pushed, its pull request opened and merged, the default branch pushed,
production deployed. Changes are spread over the repositories and over 120 days that end now. Delivery `index` of
`total` is the same in every process of a run.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zlib import crc32

import msgspec

from bot.demo.company.github_deployments import deployment_status_event
from bot.demo.company.github_pull_requests import pull_request_event
from bot.demo.company.github_pushes import ZEROS, push_event
from bot.demo.company.people import DEVELOPERS, GITHUB_ACTIONS, Repository
from bot.demo.company.pull_requests import sha_of
from bot.demo.company.script import BranchPush, Commit, Deployment, PullRequest

REPOSITORIES = 50
DAYS = 120
PUSH_BYTES, PULL_REQUEST_BYTES, STATUS_BYTES = 8 * 1024, 28 * 1024, 12 * 1024
PER_CHANGE = 5
DESCRIPTION_BYTES = 1024
ADDRESS, ADDRESS_BYTES = "https://api.github.com/", 100

# What nobody's text compresses to nothing with.
_NOISE = "".join(Random(7).choices("abcdefghijklmnopqrstuvwxyz      ", k=64 * 1024))


@dataclass(frozen=True)
class Load:
    """Which deliveries: `run` keeps those of one measurement apart from those of another."""

    run: str
    total: int
    end: datetime
    secret: str

    def request(self, index: int) -> bytes:
        """A whole HTTP/1.1 request, signed."""
        event, body = self.delivery(index)
        signature = hmac.digest(self.secret.encode(), body, "sha256").hex()
        head = (
            "POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: application/json\r\n"
            "User-Agent: GitHub-Hookshot/5e1c0de\r\n"
            f"X-GitHub-Delivery: {self.run}-{index}\r\nX-GitHub-Event: {event}\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def delivery(self, index: int) -> tuple[str, bytes]:
        """Its event and its body."""
        change, kind = divmod(index, PER_CHANGE)
        pull_request = self._pull_request(change)
        of, author, merged = pull_request.repository, pull_request.author, pull_request.merged_at
        assert merged is not None
        if kind == 0:
            (push,) = pull_request.pushes
            told = push_event(of, pull_request.branch, ZEROS, push.commits[-1].sha, push.commits, push.at, author)
            return "push", _pad(told, PUSH_BYTES, index, told["commits"][0]["modified"])
        if kind == 1:
            told = pull_request_event(pull_request, "opened", pull_request.created_at, author)
            return "pull_request", _pad(told, PULL_REQUEST_BYTES, index, told["pull_request"])
        if kind == 2:
            told = pull_request_event(pull_request, "closed", merged, author)
            return "pull_request", _pad(told, PULL_REQUEST_BYTES, index, told["pull_request"])
        before = self._merge_sha(change - REPOSITORIES)
        if kind == 3:
            squashed = Commit(pull_request.merge_sha, author, merged, f"{pull_request.title} (#1)", ("src/main",))
            at = merged + timedelta(seconds=1)
            told = push_event(of, "main", before, squashed.sha, (squashed,), at, author)
            return "push", _pad(told, PUSH_BYTES, index, told["commits"][0]["modified"])
        started = merged + timedelta(minutes=6)
        deployment = Deployment(
            repository=of,
            id=change + 1,
            environment="production",
            sha=pull_request.merge_sha,
            started_at=started,
            finished_at=started + timedelta(minutes=2),
            creator=GITHUB_ACTIONS,
            title=pull_request.title,
        )
        # Now and then one fails, and the next one brings the recovery.
        state = "failure" if change % 17 == 0 else "success"
        told = deployment_status_event(deployment, state, deployment.finished_at)
        return "deployment_status", _pad(told, STATUS_BYTES, index, told["deployment"]["payload"])

    def _pull_request(self, change: int) -> PullRequest:
        return _pull_request(self, change)

    def _merge_sha(self, change: int) -> str:
        return sha_of(self.run, "merge", change)


@lru_cache(maxsize=64)
def _pull_request(load: Load, change: int) -> PullRequest:
    place, of = change // REPOSITORIES, repository(load.run, change % REPOSITORIES)
    changes = max(1, load.total // PER_CHANGE // REPOSITORIES)
    begin = load.end - timedelta(days=DAYS) + timedelta(days=DAYS - 1) / changes * place
    author = DEVELOPERS[change % len(DEVELOPERS)]
    commits = tuple(
        Commit(sha_of(load.run, change, step), author, begin + timedelta(hours=step), f"Step {step}", ("src/main",))
        for step in range(2)
    )
    return PullRequest(
        repository=of,
        number=place + 1,
        author=author,
        title=f"Change {place} of {of.name}",
        body="",
        branch=f"change-{change}",
        pushes=(BranchPush(begin + timedelta(hours=4), commits),),
        created_at=begin + timedelta(hours=4, seconds=30),
        ready_at=None,
        reviewers=(),
        reviews=(),
        merged_at=begin + timedelta(hours=9),
        merged_by=author,
        closed_at=None,
        additions=40,
        deletions=12,
        merge_sha=sha_of(load.run, "merge", change),
        base_sha=sha_of(load.run, "merge", change - REPOSITORIES),
    )


def repository(run: str, place: int) -> Repository:
    """One of a run's repositories."""
    number = 800_000_000 + crc32(run.encode()) % 10_000 * 100 + place
    return Repository("github", f"parcelway/{run}-{place:02d}", number, "", "squash", "", 0, 1, "Go")


def new_load(run: str, total: int, secret: str, end: datetime | None = None) -> Load:
    """A load that ends now."""
    return Load(run, total, (end or datetime.now(UTC)).replace(microsecond=0), secret)


def _pad(payload: dict[str, Any], size: int, index: int, where: dict[str, Any] | list[str]) -> bytes:
    """Fill up to the size: the file names of a push; elsewhere a description, and addresses that nobody reads."""
    missing = size - len(msgspec.json.encode(payload))
    offset = index * 37 % 32_000
    if isinstance(where, list):
        # The newest commit is there twice, as `head_commit` too.
        copies = 2 if where is payload["head_commit"]["modified"] else 1
        while missing > 80 * copies:
            name = "src/" + _NOISE[offset : offset + 60].replace(" ", "/")
            where.append(name)
            offset, missing = offset + 60, missing - copies * (len(name) + 3)
    else:
        where["body"] = _NOISE[offset : offset + min(missing, DESCRIPTION_BYTES)]
        missing = size - len(msgspec.json.encode(payload))
        for number in range(missing // ADDRESS_BYTES):
            begin = offset + number * ADDRESS_BYTES
            name = f"x{number:02d}_url"
            taken = len(name) + len('"":"",') + len(ADDRESS)
            where[name] = ADDRESS + _NOISE[begin : begin + ADDRESS_BYTES - taken].replace(" ", "/")
    return msgspec.json.encode(payload)

"""`repo:commit_status_*`: how a build goes. It is a deployment when its key or name says so, and where to.

Bitbucket has no webhook for the deployments of its Pipelines; what they (and other tools) report on a commit is all
that comes by itself. With a token they are read beside it (handlers/bitbucket/history/deployments.py).
A pipeline that passes is no deployment. https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Build-status-created
"""

import hashlib
import re
from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import AccountPart, LinkPart, RepositoryPart, key_of, person_of, repository_of
from handlers.bitbucket.pipelines import key_of_run
from handlers.payloads import Sha, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored, Unreadable
from storage.records import DeploymentStatus, Record, RepositoryKey

EVENT = ("repo:commit_status_created", "repo:commit_status_updated")
STATUSES = {"INPROGRESS": "in_progress", "SUCCESSFUL": "success", "FAILED": "failed", "STOPPED": "canceled"}
# "deploy-production", "Deploy to prod-eu", "deployment: staging"
DEPLOYS = re.compile(r"\bdeploy(?:ment)?[\s:/_-]+(?:to[\s:/_-]+)?(?P<environment>[\w./-]{1,100})", re.IGNORECASE)


# Without `commit`, as in the documentation, the address of the commit says which one it is.
COMMIT_ADDRESS = re.compile(r"/commit/([0-9a-f]{12,64})/?$")


class CommitPart(msgspec.Struct):
    hash: Sha


class StatusLinksPart(msgspec.Struct):
    commit: LinkPart | None = None


class StatusPart(msgspec.Struct):
    key: str
    state: str
    updated_on: Time
    created_on: Time = None
    name: str | None = None
    url: str | None = None
    refname: str | None = None
    commit: CommitPart | None = None
    links: StatusLinksPart | None = None


class Payload(msgspec.Struct):
    commit_status: StatusPart
    repository: RepositoryPart
    actor: AccountPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    told = deployment_of(payload.commit_status, key, payload.actor)
    yield repository_of(payload.repository, key, told.status_at)
    yield told


def deployment_of(status: StatusPart, key: RepositoryKey, actor: AccountPart | None) -> DeploymentStatus:
    """Raises `Ignored` for a build that deploys nothing."""
    found = DEPLOYS.search(status.key) or DEPLOYS.search(status.name or "")
    if found is None:
        raise Ignored("The build is no deployment: neither its key nor its name is like `deploy-production`.")
    if status.state not in STATUSES:
        raise Ignored(f"The build's state {status.state[:40]!r} changes nothing that is counted.")
    sha = _sha(status)
    status_at = required_time(status.updated_on, "commit_status.updated_on")
    # A commit has one status for each key, so a second deployment of the same commit differs by its run's address.
    run = hashlib.sha256(f"{status.key}\0{status.url}".encode()).hexdigest()[:16]
    return DeploymentStatus(
        repository=key,
        # One that a step of Pipelines reports of itself is what the API tells of that run.
        provider_key=key_of_run(status.url, found["environment"]) or f"status:{sha}:{run}",
        environment_name=found["environment"],
        # Not told: settings and the name decide.
        environment=None,
        status=STATUSES[status.state],
        status_at=status_at,
        started_at=parse_time(status.created_on) if status.state == "INPROGRESS" else None,
        sha=sha,
        ref=status.refname,
        url=link(status.url),
        deployed_by=person_of(actor, key.host, status_at),
    )


def _sha(status: StatusPart) -> str:
    if status.commit is not None:
        return status.commit.hash
    address = status.links.commit.href if status.links and status.links.commit else None
    found = COMMIT_ADDRESS.search(address or "")
    if found is None:
        raise Unreadable("It does not say of which commit the build is: `commit_status.commit` is missing.")
    return found[1]

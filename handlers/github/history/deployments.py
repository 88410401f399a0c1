"""Deployments with their statuses: a hundred in two calls. When something happened is told by the status alone.

https://docs.github.com/rest/deployments/deployments#list-deployments
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from handlers.github.events import deployment_status
from handlers.github.events.deployment_status import DeploymentPart, Payload, StatusPart
from handlers.github.graphql.parts import ACTOR, Actor, Node, account_of
from handlers.github.history.asking import Asking, Page
from handlers.github.payloads import RepositoryPart
from handlers.times import Time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

STATUS = f"state createdAt environment environmentUrl logUrl creator {ACTOR}"
QUERY = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Deployment {{
    id statuses(first: 100) {{ nodes {{ {STATUS} }} }} }} }} }}"""


class ListedDeployment(DeploymentPart):
    node_id: str = ""


class StatusNode(Node):
    state: str
    created_at: Time
    environment: str | None = None
    environment_url: str | None = None
    log_url: str | None = None
    creator: Actor | None = None


class StatusNodes(Node):
    # StatusNode, each to be read by itself.
    nodes: list[Any]


class DeploymentNode(Node):
    id: str | None = None
    statuses: StatusNodes | None = None


class Answer(Node):
    nodes: list[DeploymentNode | None]


async def read(asking: Asking, following: str | None) -> Page:
    """The newest first, until one that was made before then."""
    found, more = await asking.page(following, "/deployments?per_page=100")
    listed = _read(asking, found)
    wanted = [one for one in listed if _at(one) >= asking.since]
    if not wanted:
        return Page([], None)
    asking.known.deployed += [one.sha for one in wanted if one.sha]
    answer = await asking.installed.graphql(QUERY, ids=[one.node_id for one in wanted])
    nodes = msgspec.convert(answer, Answer).nodes
    statuses = {node.id: node.statuses.nodes for node in nodes if node and node.id and node.statuses}
    records: list[Record] = []
    for one in wanted:
        told = asking.known.left_out.each(statuses.get(one.node_id, ()), StatusNode)
        records += asking.known.left_out.records(told, partial(_tell, asking, one))
    return Page(records, more if len(wanted) == len(listed) else None)


async def read_deployed(asking: Asking) -> None:
    """Only what was deployed, for a process that took a reading over."""
    following: str | None = None
    while True:
        found, following = await asking.page(following, "/deployments?per_page=100")
        listed = _read(asking, found)
        wanted = [one for one in listed if _at(one) >= asking.since]
        asking.known.deployed += [one.sha for one in wanted if one.sha]
        if following is None or len(wanted) < len(listed):
            return


def _read(asking: Asking, found: Iterable[Any]) -> list[ListedDeployment]:
    listed = asking.known.left_out.each(found, ListedDeployment)
    return [one for one in listed if asking.known.left_out.kept(_at, one)]


def _at(one: ListedDeployment) -> datetime:
    return required_time(one.created_at, "created_at")


def _tell(asking: Asking, deployment: ListedDeployment, status: StatusNode) -> Iterator[Record]:
    """As the status's own webhook does."""
    part = StatusPart(
        state=status.state.lower(),
        created_at=status.created_at,
        environment=status.environment,
        environment_url=status.environment_url,
        log_url=status.log_url,
        creator=account_of(status.creator),
    )
    payload = Payload(part, deployment, repository_part(asking))
    try:
        told: list[Any] = list(deployment_status.handle(payload, asking.origin))
    except Ignored:
        return
    yield from (record for record in told if isinstance(record, DeploymentStatus))


def repository_part(asking: Asking) -> RepositoryPart:
    """For payloads; its address leads to the place that is asked."""
    key, path = asking.repository.key, asking.repository.path
    return RepositoryPart(int(key.provider_id), path, f"https://{key.host}/{path}", asking.default_branch)

"""Releases, with the commits that their tags are on: a hundred in two calls.

https://docs.github.com/rest/releases/releases#list-releases
"""

from functools import partial

import msgspec

from handlers.github.events import release
from handlers.github.events.release import SHA, Payload, ReleasePart
from handlers.github.graphql.parts import Node, Oid
from handlers.github.history.asking import Asking, Page
from handlers.github.history.deployments import repository_part
from handlers.times import parse_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

QUERY = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Release { id tagCommit { oid } } } }"


class ListedRelease(ReleasePart):
    node_id: str = ""


class ReleaseNode(Node):
    id: str | None = None
    tag_commit: Oid | None = None


class Answer(Node):
    nodes: list[ReleaseNode | None]


async def read(asking: Asking, following: str | None) -> Page:
    """The newest first by their tags' commits, which is about when they were published: until a page without any since
    then."""
    found, more = await asking.page(following, "/releases?per_page=100")
    listed = asking.known.left_out.each(found, ListedRelease)
    wanted = [one for one in listed if (at := parse_time(one.published_at)) is not None and at >= asking.since]
    nameless = [one for one in wanted if not SHA.fullmatch(one.target_commitish or "")]
    if nameless:
        # Only the push of its tag tells where that was set, and it may have been before anybody listened.
        answer = await asking.installed.graphql(QUERY, ids=[one.node_id for one in nameless])
        nodes = msgspec.convert(answer, Answer).nodes
        commits = {node.id: node.tag_commit.oid for node in nodes if node and node.tag_commit}
        for one in nameless:
            one.target_commitish = commits.get(one.node_id, one.target_commitish)
    return Page(asking.known.left_out.records(wanted, partial(_tell, asking)), more if wanted else None)


def _tell(asking: Asking, one: ReleasePart) -> list[Record]:
    """As the webhook of its publishing does."""
    try:
        told = list(release.handle(Payload("published", one, repository_part(asking)), asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, DeploymentStatus)]

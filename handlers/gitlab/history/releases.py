"""Releases, with the commits that their tags are on. Their REST list has no ids, by which webhooks know them.

https://docs.gitlab.com/api/graphql/reference/#release
"""

from functools import partial
from typing import Any

import msgspec

from handlers.gitlab.events import release
from handlers.gitlab.events.release import CommitPart, Payload
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.payloads import Ref, Sha
from handlers.times import Time, parse_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

QUERY = """query($path: ID!, $after: String) { project(fullPath: $path) {
  releases(first: 100, after: $after, sort: RELEASED_AT_DESC) { pageInfo { hasNextPage endCursor } nodes {
    id tagName createdAt releasedAt commit { sha } links { selfUrl } } } } }"""


class CommitNode(msgspec.Struct):
    sha: Sha


class LinksNode(msgspec.Struct, rename="camel"):
    self_url: str | None = None


class ReleaseNode(msgspec.Struct, rename="camel"):
    id: str
    tag_name: Ref
    created_at: Time
    released_at: Time = None
    # None: its tag is gone.
    commit: CommitNode | None = None
    links: LinksNode | None = None


class PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class Releases(msgspec.Struct, rename="camel"):
    page_info: PageInfo
    # ReleaseNode, each to be read by itself.
    nodes: list[Any]


async def read(asking: Asking, following: Query | None) -> Page:
    """The newest first, until one that was released before then. One of a time to come is told as its webhook does."""
    after = following["after"] if following else None
    answer = await asking.client.graphql(QUERY, {"path": asking.project["path_with_namespace"], "after": after})
    found = (answer.get("project") or {}).get("releases")
    if found is None:
        return Page([], None)
    listed = msgspec.convert(found, Releases)
    nodes = asking.known.left_out.each(listed.nodes, ReleaseNode)
    wanted = [one for one in nodes if (at := parse_time(one.released_at)) is None or at >= asking.since]
    more = listed.page_info.has_next_page and len(wanted) == len(nodes)
    following = {"after": listed.page_info.end_cursor or ""} if more else None
    return Page(asking.known.left_out.records(wanted, partial(_tell, asking)), following)


def _tell(asking: Asking, one: ReleaseNode) -> list[Record]:
    payload = Payload(
        action="create",
        id=int(one.id.rpartition("/")[2]),
        tag=one.tag_name,
        project=asking.part,
        created_at=one.created_at,
        released_at=one.released_at,
        url=one.links.self_url if one.links else None,
        commit=CommitPart(one.commit.sha) if one.commit else None,
    )
    try:
        told = list(release.handle(payload, asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, DeploymentStatus)]

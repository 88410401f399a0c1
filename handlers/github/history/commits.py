"""The default branch's commits, with their line counts."""

import msgspec

from handlers.asking.api import Refused
from handlers.github.graphql.commits import COMMIT, PARENTS, SIZE, CommitNode, RepositoryNode, commit_record
from handlers.github.graphql.parts import PAGE
from handlers.github.history.asking import Asking, Page
from handlers.github.payloads import RepositoryPart, repository_of
from handlers.times import parse_time
from storage.records import Record

MOST = 100
QUERY = """query($owner: String!, $name: String!, $size: Int!, $since: GitTimestamp!, $after: String) {
  repository(owner: $owner, name: $name) {
    databaseId nameWithOwner url createdAt
    defaultBranchRef { name target { ... on Commit {
      history(first: $size, since: $since, after: $after) { %s nodes { %s } } } } } } }"""
FULL = QUERY % (PAGE, f"{COMMIT} {SIZE}")
GRAPH = QUERY % (PAGE, f"{PARENTS} committedDate")


async def read(asking: Asking, following: str | None, *, query: str = FULL) -> Page:
    key = asking.repository.key
    answer = await asking.query(query, MOST, since=asking.since_stamp, after=following)
    found = msgspec.convert(answer, RepositoryNode)
    if str(found.database_id) != key.provider_id:
        raise Refused("Another repository has this one's name now: GitHub knows the old one no more.")
    branch = found.default_branch_ref
    name = branch.name if branch else None
    part = RepositoryPart(found.database_id, found.name_with_owner, found.url, name, found.created_at)
    # Its attributes, not an event.
    told: list[Record] = [repository_of(part, None, asking.origin)]
    asking.known.branch = name
    history = branch.target.history if branch and branch.target else None
    if history is None:
        return Page(told, None)
    known = asking.known
    nodes = known.left_out.each(history.nodes, CommitNode)
    for node in nodes:
        known.parents[node.oid] = node.parent_shas
        if at := parse_time(node.committed_date):
            known.times[node.oid] = at
    if following is None and nodes:
        known.head = nodes[0].oid
    if query == FULL:
        told += known.left_out.records(nodes, lambda node: [commit_record(node, key, on_default_branch=True)])
    return Page(told, history.page_info.following)

"""Commits that were deployed and that neither the default branch nor a pull request tells, with what is before them:
of a branch that production is deployed from, or of a line that was forced away."""

import msgspec

from handlers.github.graphql.commits import COMMIT, CommitNode, Target, commit_record
from handlers.github.graphql.parts import PAGE, Node
from handlers.github.history.asking import Asking
from storage.records import Record

MOST = 100
# Each may cost a call for every hundred commits. What more there are, compares tell where they count.
MOST_LINES = 20
QUERY = f"""query($owner: String!, $name: String!, $size: Int!, $oid: GitObjectID!, $since: GitTimestamp!,
  $after: String) {{ repository(owner: $owner, name: $name) {{ object(oid: $oid) {{ ... on Commit {{
    history(first: $size, since: $since, after: $after) {{ {PAGE} nodes {{ {COMMIT} }} }} }} }} }} }}"""


class RepositoryNode(Node):
    # None: GitHub has it no more.
    object: Target | None = None


async def read(asking: Asking) -> tuple[list[Record], dict[str, tuple[str, ...]]]:
    """The newest deployment's first: it has most of what those before it have. Also who is whose parent, with these:
    what is known stays as it is, so that a step that is done again tells them again."""
    parents, records = dict(asking.known.parents), list[Record]()
    lines = 0
    for sha in asking.known.deployed:
        if sha in parents or lines == MOST_LINES:
            continue
        lines += 1
        following: str | None = None
        while True:
            answer = await asking.query(QUERY, MOST, oid=sha, since=asking.since_stamp, after=following)
            found = msgspec.convert(answer, RepositoryNode).object
            if found is None or found.history is None:
                break
            nodes = asking.known.left_out.each(found.history.nodes, CommitNode)
            new = [node for node in nodes if node.oid not in parents]
            parents |= {node.oid: node.parent_shas for node in new}
            records += asking.known.left_out.records(
                new, lambda node: [commit_record(node, asking.repository.key, on_default_branch=False)]
            )
            following = found.history.page_info.following
            if following is None:
                break
    return records, parents

"""What a number needs and only a provider's API can answer: asked once, by whoever asks providers."""

from collections.abc import Iterator, Mapping
from heapq import nlargest

from storage.linking.abbreviations import WHOLE
from storage.linking.belonging import Belonging
from storage.linking.history import History
from storage.linking.landings import Landing
from storage.linking.rows import Question
from storage.linking.shipped import Shipping
from storage.linking.tags import TAGS

# What lies between two commits, "base...head"; the files of a commit, its SHA; the commit of a tag, its whole ref.
OF_LINKING = COMPARE, FILES, TAG = "compare", "files", "tag"
# Each is a call: so many of a repository at a time, the newest first, since others are to be asked about, too. What is
# answered is linked, and that asks for the next.
MOST_FILES = 200


def find_questions(
    history: History, belonging: Belonging, landings: Mapping[int, Landing], shipping: Shipping
) -> set[Question]:
    """Those that nobody has asked yet. `history` has the deployments that count."""
    # Where a repository's code is not known at all, they would tell nothing that counts.
    if not history.pushes and not history.pull_requests:
        return set()
    found = {*_compares(shipping), *_tags(history)}.difference(history.asked)
    return found.union(_files(history, landings)) if belonging.by_files else found


def _compares(shipping: Shipping) -> Iterator[Question]:
    for chain in shipping.chains:
        for base, deployment in chain.untold:
            head = deployment.sha or ""
            if len(base) >= WHOLE and len(head) >= WHOLE:
                yield Question(COMPARE, f"{base}...{head}")


def _tags(history: History) -> Iterator[Question]:
    """Of releases whose tag's push was never received."""
    for one in history.deployments:
        if one.sha is None and one.ref is not None and one.ref.startswith(TAGS):
            yield Question(TAG, one.ref)


def _files(history: History, landings: Mapping[int, Landing]) -> list[Question]:
    """Of the commits that tell services apart. A push tells them, but for very large commits."""
    if history.waits_for_files:
        return []
    landed = {sha for landing in landings.values() if landing.push is not None for sha in landing.shas}
    unknown = (
        (commit.time, Question(FILES, sha))
        for sha, commit in history.commits.items()
        if commit.paths is None
        and not commit.is_merge
        and (commit.on_default_branch or sha in landed)
        and not history.frozen.stands(commit.time)
    )
    return [one for _, one in nlargest(MOST_FILES, (pair for pair in unknown if pair[1] not in history.asked))]

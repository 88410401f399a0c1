"""Answers single questions: of commits the newest in few calls, each one's lines in a call of its own, the rest one by
one. What a limit leaves over is asked again later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from handlers.asking.answered import answered
from handlers.asking.api import Answer, Question
from handlers.asking.pushed import whole_push
from handlers.asking.subjects import NUMBER, RANGE, SHA
from handlers.bitbucket.client import Missing
from handlers.bitbucket.commits import CommitPart, commit_record
from handlers.bitbucket.history.asking import Asking
from handlers.bitbucket.history.commits import LISTED
from handlers.bitbucket.history.pull_requests import tell
from handlers.bitbucket.sizes import size_of
from storage.linking import questions
from storage.linking.tags import TAGS
from storage.records import Commit, CommitFiles

NO_COMMIT = "Bitbucket has no such commit any more: it was removed by a forced push."
NO_PULL_REQUEST = "Bitbucket has no such pull request."
NO_TAG = "Bitbucket has no such tag any more."
NO_RANGE = "Bitbucket cannot compare these: one of them is gone, or was never there."
NO_QUESTION = "This is no question that Bitbucket can be asked."
# A page of the newest commits is worth its call when so many of them are asked about.
WORTH_A_PAGE = 3


async def answer(asking: Asking, asked: Sequence[Question]) -> list[Answer]:
    commits = [one.subject for one in asked if one.kind == "commit" and SHA.fullmatch(one.subject)]
    newest = await _newest(asking, commits)
    return await answered(_one(asking, one, newest) for one in asked)


async def _newest(asking: Asking, wanted: Sequence[str]) -> Mapping[str, CommitPart]:
    """Those of the default branch, as long as a page has some that are asked about: as pushes and backfills ask."""
    found: dict[str, CommitPart] = {}
    left = set(wanted)
    if asking.default_branch is None:
        return found
    following: str | None = None
    while len(left) >= WORTH_A_PAGE:
        query = [("include", asking.default_branch), *LISTED]
        try:
            items, following = await asking.page(["commits"], following, query)
        except Missing:
            break
        page = {one.hash: one for one in msgspec.convert(items, list[CommitPart])}
        mine = left & page.keys()
        found |= {sha: page[sha] for sha in mine}
        left -= mine
        if len(mine) < WORTH_A_PAGE or following is None:
            break
    return found


async def _one(asking: Asking, question: Question, newest: Mapping[str, CommitPart]) -> Answer:
    match question.kind:
        case "commit" if SHA.fullmatch(question.subject):
            try:
                return Answer(question, [await _commit(asking, question.subject, newest)])
            except Missing:
                return Answer(question, refused=NO_COMMIT)
        case "pull_request" if NUMBER.fullmatch(question.subject):
            try:
                found = await asking.client.get(asking.path("pullrequests", question.subject))
                return Answer(question, (await tell(asking, found)).records)
            except Missing:
                return Answer(question, refused=NO_PULL_REQUEST)
        case "push" | "compare" if RANGE.fullmatch(question.subject):
            try:
                return await _range(asking, question)
            except Missing:
                return Answer(question, refused=NO_RANGE)
        case questions.FILES if SHA.fullmatch(question.subject):
            try:
                paths = (await size_of(asking.client, asking.path("diffstat", question.subject))).paths
            except Missing:
                return Answer(question, refused=NO_COMMIT)
            return Answer(question, [CommitFiles(asking.repository.key, question.subject, paths)] if paths else [])
        case questions.TAG if question.subject.startswith(TAGS):
            try:
                tag = await asking.client.get(asking.path("refs", "tags", question.subject.removeprefix(TAGS)))
            except Missing:
                return Answer(question, refused=NO_TAG)
            return Answer(question, document={"sha": tag["target"]["hash"]})
        case _:
            return Answer(question, refused=NO_QUESTION)


async def _commit(asking: Asking, sha: str, newest: Mapping[str, CommitPart]) -> Commit:
    if (part := newest.get(sha)) is None:
        part = msgspec.convert(await asking.client.get(asking.path("commit", sha)), CommitPart)
    # Which branch it is on, the push told that asked.
    commit = commit_record(part, asking.repository.key, asking.since, source="api", on_default_branch=False)
    if commit.merge:
        # It adds no lines, whatever it changes.
        return commit
    size = await size_of(asking.client, asking.path("diffstat", sha))
    return replace(
        commit,
        lines_added=size.lines_added,
        lines_deleted=size.lines_deleted,
        files_changed=size.files_changed,
        paths=size.paths,
    )


async def _range(asking: Asking, question: Question) -> Answer:
    """What lies between two commits: for linking, or as the push that brought it."""
    base, _, head = question.subject.partition("...")
    key = asking.repository.key
    # A branch that was made: what the default branch does not have.
    parts = await _between(asking, base or asking.default_branch, head)
    commits = [commit_record(one, key, asking.since, source="api", on_default_branch=False) for one in parts]
    if question.kind == "push":
        return Answer(question, list(whole_push(question, key, asking.default_branch, commits)))
    # Whether all of the base is in the head: then nothing lies the other way.
    behind = await asking.client.get(asking.path("commits"), [("include", base), ("exclude", head), ("pagelen", "1")])
    document = {
        "status": "diverged" if behind["values"] else "ahead",
        "commits": [{"sha": one.hash} for one in parts],
        "total_commits": len(parts),
    }
    # Linking tells which of them are on the default branch.
    return Answer(question, commits, document)


async def _between(asking: Asking, base: str | None, head: str) -> list[CommitPart]:
    """Oldest first."""
    query = [("include", head), *([("exclude", base)] if base else []), *LISTED]
    found = await asking.client.every(asking.path("commits"), query)
    return msgspec.convert(found[::-1], list[CommitPart])

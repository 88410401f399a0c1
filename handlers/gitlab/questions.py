"""Answers single questions: the newest commits in one call, all others one by one."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from handlers.asking.answered import answered
from handlers.asking.api import Answer, Question
from handlers.asking.pushed import whole_push
from handlers.asking.subjects import NUMBER, RANGE, SHA
from handlers.gitlab.client import Missing
from handlers.gitlab.history.asking import Asking, Query
from handlers.gitlab.history.commits import ListedCommit, commit_record
from handlers.gitlab.history.merge_requests import records_of
from storage.linking import questions
from storage.linking.paths import bounded
from storage.linking.tags import TAGS
from storage.records import CommitFiles

NO_COMMIT = "GitLab has no such commit any more: it was removed by a forced push."
NO_MERGE_REQUEST = "GitLab has no such merge request."
NO_TAG = "GitLab has no such tag any more."
NO_RANGE = "GitLab cannot compare these: one of them is gone, or was never there."
NO_QUESTION = "This is no question that GitLab can be asked."
# A call for the newest commits is worth it from so many questions on.
WORTH_A_LIST = 3


class DiffPart(msgspec.Struct):
    old_path: str
    new_path: str


async def answer(asking: Asking, asked: Sequence[Question]) -> list[Answer]:
    commits = [one for one in asked if one.kind == "commit" and SHA.fullmatch(one.subject)]
    answers = await _newest(asking, commits) if len(commits) >= WORTH_A_LIST else []
    known = {one.question for one in answers}
    return await answered((_one(asking, one) for one in asked if one not in known), beside=answers)


async def _newest(asking: Asking, questions: Sequence[Question]) -> list[Answer]:
    """Those that are among the newest of the default branch: mostly all of them, as pushes ask."""
    query = {"ref_name": asking.default_branch or "", "with_stats": "true"}
    found, _ = await asking.page("/repository/commits", None, **query)
    listed = {one.id: one for one in msgspec.convert(found, list[ListedCommit])}
    return [_of_commit(asking, one, listed[one.subject]) for one in questions if one.subject in listed]


def _of_commit(asking: Asking, question: Question, commit: ListedCommit) -> Answer:
    # Which branch it is on, the push told that asked.
    return Answer(question, [commit_record(commit, asking.repository.key, on_default_branch=False)])


async def _one(asking: Asking, question: Question) -> Answer:
    match question.kind:
        case "commit" if SHA.fullmatch(question.subject):
            path = asking.path(f"/repository/commits/{question.subject}")
            try:
                found = await asking.client.get(path)
            except Missing:
                return Answer(question, refused=NO_COMMIT)
            return _of_commit(asking, question, msgspec.convert(found, ListedCommit))
        case "pull_request" if NUMBER.fullmatch(question.subject):
            try:
                merge_request = await asking.client.get(asking.path(f"/merge_requests/{question.subject}"))
                return Answer(question, await records_of(asking, [merge_request]))
            except Missing:
                return Answer(question, refused=NO_MERGE_REQUEST)
        case "push" | "compare" if RANGE.fullmatch(question.subject):
            try:
                return await _range(asking, question)
            except Missing:
                return Answer(question, refused=NO_RANGE)
        case questions.FILES if SHA.fullmatch(question.subject):
            try:
                return await _files(asking, question)
            except Missing:
                return Answer(question, refused=NO_COMMIT)
        case questions.TAG if question.subject.startswith(TAGS):
            name = quote(question.subject.removeprefix(TAGS), safe="")
            try:
                found = await asking.client.get(asking.path(f"/repository/tags/{name}"))
                return Answer(question, document={"sha": found["commit"]["id"]})
            except Missing:
                return Answer(question, refused=NO_TAG)
        case _:
            return Answer(question, refused=NO_QUESTION)


async def _files(asking: Asking, question: Question) -> Answer:
    """As its push would have told them: both names of one that was renamed.

    https://docs.gitlab.com/api/commits/#get-the-diff-of-a-commit
    """
    files: set[str] = set()
    following: Query | None = None
    while True:
        found, following = await asking.page(f"/repository/commits/{question.subject}/diff", following)
        files.update(name for one in msgspec.convert(found, list[DiffPart]) for name in (one.old_path, one.new_path))
        paths = bounded(files)
        # More of them make no difference any more.
        if following is None or paths is None:
            key = asking.repository.key
            return Answer(question, [CommitFiles(key, question.subject, paths)] if paths else [])


async def _range(asking: Asking, question: Question) -> Answer:
    """What lies between two commits: for linking, or as the push that brought it."""
    base, _, head = question.subject.partition("...")
    # A branch that was made: what the default branch does not have.
    commits = await _between(asking, base or asking.default_branch or head, head)
    key = asking.repository.key
    records = [commit_record(one, key, on_default_branch=False) for one in commits]
    if question.kind == "push":
        return Answer(question, list(whole_push(question, key, asking.default_branch, records)))
    # Whether all of the base is in the head: then nothing lies the other way.
    ahead = not await _between(asking, head, base)
    listed = [{"sha": one.id} for one in commits]
    document = {"status": "ahead" if ahead else "diverged", "commits": listed, "total_commits": len(commits)}
    # Linking tells which of them are on the default branch.
    return Answer(question, records, document)


async def _between(asking: Asking, base: str, head: str) -> list[ListedCommit]:
    """Oldest first. https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits"""
    query = {"from": base, "to": head}
    found: Any = await asking.client.get(asking.path("/repository/compare"), **query)
    return msgspec.convert(found["commits"], list[ListedCommit])

"""Answers single questions: commits fifty at a time, pull requests ten, tags a hundred; all others one by one."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from handlers.asking.answered import answered
from handlers.asking.api import Answer, Question
from handlers.asking.leaving_out import CANNOT_BE_READ, why
from handlers.asking.pushed import whole_push
from handlers.asking.subjects import NUMBER, SHA
from handlers.github.client import Missing
from handlers.github.files import NO_COMMIT, read_files
from handlers.github.graphql.commits import COMMIT, SIZE, CommitNode, GitActor, Oids, commit_record
from handlers.github.graphql.parts import Actor, Oid
from handlers.github.graphql.pull_requests import PULL_REQUEST, PullRequestNode
from handlers.github.history.asking import Asking
from handlers.github.history.pull_requests import records_of
from handlers.github.payloads import AccountPart
from handlers.payloads import Sha
from handlers.times import Time
from storage.linking.questions import FILES, TAG
from storage.linking.tags import TAGS

MOST_COMMITS = 50
MOST_PULL_REQUESTS = 10
MOST_TAGS = 100
# Of a hundred commits each.
MOST_PAGES = 100
TAGGED = "target { oid ... on Tag { target { oid } } }"
# It needs both ends.
RANGE = re.compile(rf"({SHA.pattern})\.\.\.({SHA.pattern})")
TAG_REF = re.compile(rf"{re.escape(TAGS)}[^\s\"\\]+")
NO_PULL_REQUEST = "GitHub has no such pull request."
NO_TAG = "GitHub has no such tag any more."
NO_RANGE = "GitHub cannot compare these: one of them is gone, or was never there."
NO_QUESTION = "This is no question that GitHub can be asked."
UNREADABLE = "GitHub tells it in a way that cannot be read ({})."


class GitAuthorPart(msgspec.Struct):
    name: str | None = None
    email: str | None = None
    date: Time = None


class GitCommitPart(msgspec.Struct):
    message: str | None = None
    author: GitAuthorPart | None = None
    committer: GitAuthorPart | None = None


class ParentPart(msgspec.Struct):
    sha: Sha


class ComparedPart(msgspec.Struct):
    sha: Sha
    commit: GitCommitPart
    author: AccountPart | None = None
    parents: list[ParentPart] = []


class ComparePart(msgspec.Struct):
    status: str
    commits: list[ComparedPart]
    total_commits: int = 0


async def answer(asking: Asking, questions: Sequence[Question]) -> AsyncIterator[Answer]:
    """Answers as they come."""
    commits = [one for one in questions if one.kind == "commit" and SHA.fullmatch(one.subject)]
    for some in _batches(commits, MOST_COMMITS):
        for one in await _commits(asking, some):
            yield one
    pull_requests = [one for one in questions if one.kind == "pull_request" and NUMBER.fullmatch(one.subject)]
    for some in _batches(pull_requests, MOST_PULL_REQUESTS):
        for one in await _pull_requests(asking, some):
            yield one
    ranges = [one for one in questions if one.kind in ("compare", "push") and RANGE.fullmatch(one.subject)]
    for question in ranges:
        yield await _range(asking, question)
    tags = [one for one in questions if one.kind == TAG and TAG_REF.fullmatch(one.subject)]
    for some in _batches(tags, MOST_TAGS):
        for one in await _tags(asking, some):
            yield one
    files = [one for one in questions if one.kind == FILES and SHA.fullmatch(one.subject)]
    for question in set(questions) - {*commits, *pull_requests, *ranges, *tags, *files}:
        yield Answer(question, refused=NO_QUESTION)
    # Last, since they are the most calls: GraphQL does not tell them.
    for one in await answered(read_files(asking, one) for one in files):
        yield one


async def _tags(asking: Asking, questions: Sequence[Question]) -> list[Answer]:
    aliases = " ".join(
        f't{place}: ref(qualifiedName: "{one.subject}") {{ {TAGGED} }}' for place, one in enumerate(questions)
    )
    found = await _ask(asking, aliases)
    answers: list[Answer] = []
    for place, question in enumerate(questions):
        target = (found.get(f"t{place}") or {}).get("target") or {}
        # Of an annotated tag the commit that it is set on.
        sha = (target.get("target") or target).get("oid")
        answers.append(Answer(question, document={"sha": sha}) if sha else Answer(question, refused=NO_TAG))
    return answers


async def _commits(asking: Asking, questions: Sequence[Question]) -> list[Answer]:
    aliases = " ".join(
        f'c{place}: object(oid: "{one.subject}") {{ ... on Commit {{ {COMMIT} {SIZE} }} }}'
        for place, one in enumerate(questions)
    )
    found = await _ask(asking, aliases)
    answers: list[Answer] = []
    for place, question in enumerate(questions):
        node = found.get(f"c{place}")
        if not node:
            answers.append(Answer(question, refused=NO_COMMIT))
            continue
        try:
            # Which branch it is on, the push told that asked.
            record = commit_record(msgspec.convert(node, CommitNode), asking.repository.key, on_default_branch=False)
        except CANNOT_BE_READ as problem:
            answers.append(Answer(question, refused=UNREADABLE.format(why(problem))))
        else:
            answers.append(Answer(question, [record]))
    return answers


async def _pull_requests(asking: Asking, questions: Sequence[Question]) -> list[Answer]:
    aliases = " ".join(
        f"p{place}: pullRequest(number: {int(one.subject)}) {{ {PULL_REQUEST} }}" for place, one in enumerate(questions)
    )
    found = await _ask(asking, aliases)
    answers: list[Answer] = []
    for place, question in enumerate(questions):
        node = found.get(f"p{place}")
        if not node:
            answers.append(Answer(question, refused=NO_PULL_REQUEST))
            continue
        try:
            records = await records_of(asking, [msgspec.convert(node, PullRequestNode)])
        except CANNOT_BE_READ as problem:
            answers.append(Answer(question, refused=UNREADABLE.format(why(problem))))
        else:
            answers.append(Answer(question, records))
    return answers


def query_of(aliases: str) -> str:
    return f"query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ {aliases} }} }}"


async def _ask(asking: Asking, aliases: str) -> dict[str, Any]:
    found = await asking.installed.graphql(query_of(aliases), **asking.names)
    if not found.get("repository"):
        raise Missing("GitHub lets the App see this repository no more: check its repositories there.")
    return dict(found["repository"])


async def _range(asking: Asking, question: Question) -> Answer:
    """What lies between two commits: for linking, or as the push that brought it."""
    following: str | None = None
    commits: list[ComparedPart] = []
    status, total = "", 0
    for _ in range(MOST_PAGES):
        try:
            found, following = await asking.page(following, "/compare/{range}?per_page=100", range=question.subject)
        except Missing:
            return Answer(question, refused=NO_RANGE)
        compared = msgspec.convert(found, ComparePart)
        commits += compared.commits
        status, total = compared.status, compared.total_commits
        if following is None:
            break
    key = asking.repository.key
    records = [commit_record(_as_node(commit), key, on_default_branch=False) for commit in commits]
    if question.kind == "push":
        return Answer(question, list(whole_push(question, key, asking.repository.default_branch, records)))
    # Linking tells which of them are on the default branch.
    listed = [{"sha": commit.sha} for commit in commits]
    return Answer(question, records, {"status": status, "commits": listed, "total_commits": total})


def _as_node(compared: ComparedPart) -> CommitNode:
    author = compared.commit.author or GitAuthorPart()
    committer = compared.commit.committer or author
    account = compared.author
    user = Actor(account.type, account.login, account.id) if account else None
    return CommitNode(
        oid=compared.sha,
        parents=Oids([Oid(parent.sha) for parent in compared.parents]),
        message=compared.commit.message,
        authored_date=author.date or committer.date,
        committed_date=committer.date,
        author=GitActor(author.name, author.email, user),
    )


def _batches(questions: Sequence[Question], size: int) -> list[Sequence[Question]]:
    return [questions[start : start + size] for start in range(0, len(questions), size)]

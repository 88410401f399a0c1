"""What happens to pull requests in a story: words of its lines, each with the deliveries that tell of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.demo.company import Delivery
from bot.demo.company.script import BranchPush, PullRequest, Review
from tests.stories.happenings import OpenPullRequest
from tests.stories.moments import moment

if TYPE_CHECKING:
    from tests.stories.timeline import Timeline

ZEROS = "0" * 40
# A draft becomes ready some day.
SOME_DAY = datetime(2099, 1, 1, tzinfo=UTC)


def open_pull_request(
    timeline: "Timeline",
    number: int,
    at: datetime,
    head: str,
    base: str | None = None,
    by: str = "ann",
    title: str | None = None,
    body: str = "",
    labels: list[str] = [],  # noqa: B006 (never changed)
    draft: bool = False,
    fork: bool = False,
) -> Iterator[Delivery]:
    pr = OpenPullRequest(
        number=number,
        created_at=at,
        author=by,
        head=head,
        base=base or timeline.of.default_branch,
        title=title or f"Bring {head}",
        body=body,
        labels=tuple(labels),
        fork=fork,
        draft=draft,
        head_sha=timeline.git.find(head),
    )
    timeline.pull_requests[number] = pr
    yield from snapshot(timeline, pr, "opened", at)


def snapshot(
    timeline: "Timeline", pr: OpenPullRequest, word: str, at: datetime, by: str | None = None, before: str = ""
) -> Iterator[Delivery]:
    told = as_it_is(timeline, pr, at)
    yield from timeline.provider.pull_request(told, word, at, timeline.member(by or pr.author), before)


def synchronize(timeline: "Timeline", branch: str, at: datetime, before: str | None) -> Iterator[Delivery]:
    for pr in timeline.pull_requests.values():
        if pr.state == "open" and pr.head == branch and pr.head_sha != timeline.git.branches[branch]:
            pr.head_sha = timeline.git.branches[branch]
            yield from snapshot(timeline, pr, "synchronize", at, before=before or ZEROS)


def as_it_is(timeline: "Timeline", pr: OpenPullRequest, at: datetime) -> PullRequest:
    if pr.state == "open":
        pr.commits = timeline.git.between([timeline.git.branches.get(pr.base)], pr.head_sha)
    commits = [timeline.written(commit) for commit in pr.commits]
    if not commits or commits[-1].sha != pr.head_sha:
        commits = [timeline.written(timeline.git.commits[pr.head_sha])]
    return PullRequest(
        repository=timeline.of,
        number=pr.number,
        author=timeline.member(pr.author),
        title=pr.title,
        body=pr.body,
        branch=pr.head,
        pushes=(BranchPush(min(at, pr.created_at), tuple(commits)),),
        created_at=pr.created_at,
        ready_at=SOME_DAY if pr.draft else None,
        reviewers=(),
        reviews=(),
        merged_at=pr.merged_at,
        merged_by=timeline.member(pr.author) if pr.merged_at else None,
        closed_at=pr.closed_at,
        additions=10,
        deletions=2,
        labels=pr.labels,
        merge_sha=(pr.merge_sha if pr.merge_told else None) or "",
        base_sha=timeline.git.branches.get(pr.base, ZEROS),
        base=pr.base,
        source=replace(timeline.of, id=timeline.of.id + 1, path=f"{pr.author}/{timeline.of.name}") if pr.fork else None,
    )


def merge(
    timeline: "Timeline",
    number: int,
    at: datetime,
    how: str = "merge",
    name: str | None = None,
    told: bool = True,
    with_others: list[dict[str, Any]] | None = None,
    by: str | None = None,
    indirectly: list[int] = [],  # noqa: B006 (never changed)
    unheard: bool = False,
    message: str | None = None,
) -> Iterator[Delivery]:
    """`told: false`: the push of the merge was never received. `with_others`: a queue merged several at once.
    `indirectly`: others whose heads came with it, which GitHub then calls merged by the same commit. `unheard`: the
    event of the merge was never received."""
    first = timeline.pull_requests[number]
    before = timeline.git.branches[first.base]
    merged: list[OpenPullRequest] = []
    for entry in ({"merge": number, "name": name}, *(with_others or ())):
        pr = timeline.pull_requests[entry["merge"]]
        base = (merged[-1].merge_sha if merged else None) or before
        yield from _join(timeline, pr, base, at, how, entry.get("name"), message)
        merged.append(pr)
    landed = merged[-1].merge_sha or merged[-1].head_sha
    deliveries = list(timeline.move(first.base, before, landed, at))
    yield from deliveries if told else ()
    yield from synchronize(timeline, first.base, at, before)
    for other in (timeline.pull_requests[number] for number in indirectly):
        other.state, other.merged_at, other.merge_sha = "merged", at, landed
        merged.append(other)
    for pr in merged if not unheard else ():
        yield from snapshot(timeline, pr, "merged", at, by)


def _join(
    timeline: "Timeline", pr: OpenPullRequest, base: str, at: datetime, how: str, name: str | None, said: str | None
) -> Iterator[Delivery]:
    """Make the commits of a merge. GitLab rebases the branch itself, and tells it, before it merges."""
    gitlab = timeline.gitlab
    pr.commits = timeline.git.between([base], pr.head_sha)
    head: str | None = base
    files = tuple(sorted({file for one in pr.commits for file in one.files}))
    if how in ("rebase", "semi-linear"):
        earlier = at - timedelta(seconds=5)
        for one in pr.commits:
            head = timeline.git.commit(f"{one.name}'", one.time, one.author, one.message, [head], earlier, one.files)
        if gitlab and head is not None:
            old, known = pr.head_sha, timeline.git.branches.get(pr.head)
            if known and not pr.fork:
                yield from timeline.move(pr.head, known, head, earlier)
            pr.commits = timeline.git.between([base], head)
            pr.head_sha = head
            yield from snapshot(timeline, pr, "synchronize", earlier, before=old)
    if how in ("merge", "semi-linear"):
        message = f"Merge pull request #{pr.number} from {pr.author}/{pr.head}"
        if gitlab:
            message = f"Merge branch '{pr.head}' into '{pr.base}'\n\nSee merge request {timeline.of.path}!{pr.number}"
        head = timeline.git.commit(name or f"m{pr.number}", at, pr.author, said or message, [base, pr.head_sha])
    elif how == "squash" and gitlab:
        squashed = timeline.git.commit(f"s{pr.number}~", at, pr.author, pr.title, [base], files=files)
        message = f"Merge branch '{pr.head}' into '{pr.base}'\n\nSee merge request {timeline.of.path}!{pr.number}"
        head = timeline.git.commit(name or f"s{pr.number}", at, pr.author, message, [base, squashed])
    elif how in ("squash", "squash and forward"):
        message = pr.title if gitlab else f"{pr.title} (#{pr.number})"
        head = timeline.git.commit(name or f"s{pr.number}", at, pr.author, message, [base], files=files)
    elif how == "queued":
        head = timeline.git.find(str(name))
    elif how == "fast-forward":
        head = pr.head_sha
    elif how != "rebase":
        raise ValueError(f"{how!r}: merge, squash, rebase, fast-forward, semi-linear or squash and forward")
    pr.state, pr.merged_at, pr.draft, pr.merge_sha = "merged", at, False, head
    pr.merge_told = not gitlab or how in ("merge", "squash", "semi-linear")


def close(timeline: "Timeline", number: int, at: datetime, by: str | None = None) -> Iterator[Delivery]:
    pr = timeline.pull_requests[number]
    pr.state, pr.closed_at = "closed", at
    yield from snapshot(timeline, pr, "closed", at, by)


def reopen(timeline: "Timeline", number: int, at: datetime) -> Iterator[Delivery]:
    pr = timeline.pull_requests[number]
    pr.state, pr.closed_at = "open", None
    yield from snapshot(timeline, pr, "reopened", at)


def retarget(timeline: "Timeline", number: int, at: datetime, to: str) -> Iterator[Delivery]:
    pr = timeline.pull_requests[number]
    before, pr.base = pr.base, to
    yield from snapshot(timeline, pr, "retargeted", at, before=before)


def make_draft(timeline: "Timeline", number: int, at: datetime) -> Iterator[Delivery]:
    timeline.pull_requests[number].draft = True
    yield from snapshot(timeline, timeline.pull_requests[number], "draft", at)


def make_ready(timeline: "Timeline", number: int, at: datetime) -> Iterator[Delivery]:
    timeline.pull_requests[number].draft = False
    yield from snapshot(timeline, timeline.pull_requests[number], "ready", at)


def review(
    timeline: "Timeline", number: int, at: datetime, by: str, kind: str = "approved", deleted: str | None = None
) -> Iterator[Delivery]:
    timeline.reviews += 1
    comments = ("Why so?",) if kind == "comment" else ()
    told = Review(at, timeline.member(by), "commented" if comments else kind, comments)
    pull_request = as_it_is(timeline, timeline.pull_requests[number], at)
    deleted_at = moment(deleted) if deleted else None
    yield from timeline.provider.review(pull_request, told, timeline.reviews, deleted_at)


WORDS: dict[str, Callable[..., Iterator[Delivery]]] = {
    "open": open_pull_request,
    "merge": merge,
    "close": close,
    "reopen": reopen,
    "retarget": retarget,
    "draft": make_draft,
    "ready": make_ready,
    "review": review,
}

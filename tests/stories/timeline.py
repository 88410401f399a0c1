"""A story's timeline, told as deliveries: what happened in a repository, in the webhooks of GitHub or GitLab."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from bot.demo.company import Delivery
from bot.demo.company.people import Member, Repository
from bot.demo.company.script import BranchPush, Commit, Deployment, Incident, PullRequest, Review
from tests.stories.git import Git, StoryCommit, sha_of
from tests.stories.happenings import Mark, NamedIncident, OpenPullRequest, Push
from tests.stories.moments import moment
from tests.stories.telling_github import GitHub
from tests.stories.telling_gitlab import GitLab

NAMED_SHA = re.compile(r"\{(\w+)(?::(\d+))?\}")
ZEROS = "0" * 40
LONG_AGO = datetime(2023, 2, 14, 9, 12, 40, tzinfo=UTC)
# A draft becomes ready some day.
SOME_DAY = datetime(2099, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Timeline:
    """The world of one repository, and its teller."""

    provider: GitHub | GitLab
    of: Repository
    git: Git = field(default_factory=Git)
    pull_requests: dict[int, OpenPullRequest] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    named_incidents: list[NamedIncident] = field(default_factory=list)
    # When each deployment began; which of production finished.
    begun: dict[int, datetime] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    # What somebody is called since they were renamed.
    names: dict[str, str] = field(default_factory=dict)
    _reviews: int = 0

    def tell(self, happening: dict[str, Any]) -> list[Delivery]:
        """The deliveries of one line of the timeline."""
        line = {key: self._fill(value) for key, value in happening.items() if key != "in"}
        at = moment(line.pop("at"))
        word = next(iter(line))
        what = line.pop(word)
        return list(getattr(self, f"_{word}")(what, at, **line))

    @property
    def gitlab(self) -> bool:
        return self.of.provider == "gitlab"

    def _fill(self, value: Any) -> Any:
        """`{a1}` is the SHA of the commit a1, `{a1:8}` its first eight characters, acme/api this repository."""
        if isinstance(value, str):
            told = NAMED_SHA.sub(lambda found: sha_of(found[1])[: int(found[2] or 40)], value)
            return told.replace("acme/api", self.of.path).replace("{path}", self.of.name)
        if isinstance(value, dict):
            return {key: self._fill(inner) for key, inner in value.items()}
        return [self._fill(inner) for inner in value] if isinstance(value, list) else value

    def member(self, name: str) -> Member:
        """Everybody has an id and a clock of their own; a new name changes neither."""
        known = crc32(name.encode())
        return self.provider.member(self.names.get(name, name), 100 + known % 8000, known % 19 - 9)

    def _be_called(self, name: str, _at: datetime, now: str) -> Iterator[Delivery]:
        """Providers do not tell it: the next event has the new name."""
        self.names[name] = now
        yield from ()

    # Git ---------------------------------------------------------------------------------------------------------

    def _push(
        self,
        branch: str,
        at: datetime,
        commits: list[Any] = [],  # noqa: B006 (never changed)
        onto: str | None = None,
        forced: bool = False,
        merges: str | None = None,
        told: bool = True,
    ) -> Iterator[Delivery]:
        """Commits onto a branch, pushed at once. `onto`: where a new (or forced) branch starts."""
        before = self.git.branches.get(branch)
        head = self.git.find(onto) if onto else before
        for entry in commits:
            given: dict[str, Any] = {"name": entry} if isinstance(entry, str) else dict(entry)
            time = moment(given["written"]) if "written" in given else at
            author, name = given.get("by", "ann"), given["name"]
            head = self.git.commit(name, time, author, given.get("message", f"Do {name}"), [head])
        if merges is not None:
            name = f"{branch}+{merges}@{at:%d%H%M}"
            message = f"Merge branch '{merges}' into {branch}"
            head = self.git.commit(name, at, "ann", message, [head, self.git.find(merges)])
        if head is None:
            raise ValueError(f"{branch} has no commit yet")
        deliveries = list(self._move(branch, before, head, at, forced=forced))
        yield from deliveries if told else ()
        yield from self._synchronize(branch, at, before)

    def _synchronize(self, branch: str, at: datetime, before: str | None) -> Iterator[Delivery]:
        for pr in self.pull_requests.values():
            if pr.state == "open" and pr.head == branch and pr.head_sha != self.git.branches[branch]:
                pr.head_sha = self.git.branches[branch]
                yield from self._snapshot(pr, "synchronize", at, before=before or ZEROS)

    def _move(
        self, branch: str, before: str | None, head: str, at: datetime, *, forced: bool = False
    ) -> Iterator[Delivery]:
        known = [before] if before else list(self.git.branches.values())
        if self.gitlab and before is None and self.of.default_branch in self.git.branches:
            known = [self.git.branches[self.of.default_branch]]
        listed = self.git.between(known, head)
        self.git.branches[branch] = head
        commits = [self._written(commit) for commit in listed]
        pusher = self.member("ann")
        yield from self.provider.push(Push(self.of, branch, before or ZEROS, head, commits, at, pusher, forced))

    def _written(self, commit: StoryCommit) -> Commit:
        """GitLab tells when it was committed, not when it was written."""
        time = commit.committed_at if self.gitlab else commit.time
        return Commit(commit.sha, self.member(commit.author), time, commit.message, ("src/main.py",))

    def _delete(self, branch: str, at: datetime) -> Iterator[Delivery]:
        before = self.git.branches.pop(branch)
        pusher = self.member("ann")
        yield from self.provider.push(Push(self.of, branch, before, ZEROS, (), at, pusher, forced=False))

    def _tag(self, name: str, at: datetime, of: str) -> Iterator[Delivery]:
        yield from self.provider.tag(self.of, name, self.git.find(of), at, self.member("ann"))

    # Pull requests -----------------------------------------------------------------------------------------------

    def _open(
        self,
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
            base=base or self.of.default_branch,
            title=title or f"Bring {head}",
            body=body,
            labels=tuple(labels),
            fork=fork,
            draft=draft,
            head_sha=self.git.find(head),
        )
        self.pull_requests[number] = pr
        yield from self._snapshot(pr, "opened", at)

    def _snapshot(
        self, pr: OpenPullRequest, word: str, at: datetime, by: str | None = None, before: str = ""
    ) -> Iterator[Delivery]:
        told = self._as_it_is(pr, at)
        yield from self.provider.pull_request(told, word, at, self.member(by or pr.author), before)

    def _as_it_is(self, pr: OpenPullRequest, at: datetime) -> PullRequest:
        if pr.state == "open":
            pr.commits = self.git.between([self.git.branches.get(pr.base)], pr.head_sha)
        commits = [self._written(commit) for commit in pr.commits]
        if not commits or commits[-1].sha != pr.head_sha:
            commits = [self._written(self.git.commits[pr.head_sha])]
        return PullRequest(
            repository=self.of,
            number=pr.number,
            author=self.member(pr.author),
            title=pr.title,
            body=pr.body,
            branch=pr.head,
            pushes=(BranchPush(min(at, pr.created_at), tuple(commits)),),
            created_at=pr.created_at,
            ready_at=SOME_DAY if pr.draft else None,
            reviewers=(),
            reviews=(),
            merged_at=pr.merged_at,
            merged_by=self.member(pr.author) if pr.merged_at else None,
            closed_at=pr.closed_at,
            additions=10,
            deletions=2,
            labels=pr.labels,
            merge_sha=(pr.merge_sha if pr.merge_told else None) or "",
            base_sha=self.git.branches.get(pr.base, ZEROS),
            base=pr.base,
            source=replace(self.of, id=self.of.id + 1, path=f"{pr.author}/{self.of.name}") if pr.fork else None,
        )

    def _merge(
        self,
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
        first = self.pull_requests[number]
        before = self.git.branches[first.base]
        merged: list[OpenPullRequest] = []
        for entry in ({"merge": number, "name": name}, *(with_others or ())):
            pr = self.pull_requests[entry["merge"]]
            base = (merged[-1].merge_sha if merged else None) or before
            yield from self._join(pr, base, at, how, entry.get("name"), message)
            merged.append(pr)
        landed = merged[-1].merge_sha or merged[-1].head_sha
        deliveries = list(self._move(first.base, before, landed, at))
        yield from deliveries if told else ()
        yield from self._synchronize(first.base, at, before)
        for other in (self.pull_requests[number] for number in indirectly):
            other.state, other.merged_at, other.merge_sha = "merged", at, landed
            merged.append(other)
        for pr in merged if not unheard else ():
            yield from self._snapshot(pr, "merged", at, by)

    def _join(
        self, pr: OpenPullRequest, base: str, at: datetime, how: str, name: str | None, said: str | None
    ) -> Iterator[Delivery]:
        """Make the commits of a merge. GitLab rebases the branch itself, and tells it, before it merges."""
        gitlab = self.gitlab
        pr.commits = self.git.between([base], pr.head_sha)
        head: str | None = base
        if how in ("rebase", "semi-linear"):
            earlier = at - timedelta(seconds=5)
            for one in pr.commits:
                head = self.git.commit(f"{one.name}'", one.time, one.author, one.message, [head], earlier)
            if gitlab and head is not None:
                old, known = pr.head_sha, self.git.branches.get(pr.head)
                if known and not pr.fork:
                    yield from self._move(pr.head, known, head, earlier)
                pr.commits = self.git.between([base], head)
                pr.head_sha = head
                yield from self._snapshot(pr, "synchronize", earlier, before=old)
        if how in ("merge", "semi-linear"):
            message = f"Merge pull request #{pr.number} from {pr.author}/{pr.head}"
            if gitlab:
                message = f"Merge branch '{pr.head}' into '{pr.base}'\n\nSee merge request {self.of.path}!{pr.number}"
            head = self.git.commit(name or f"m{pr.number}", at, pr.author, said or message, [base, pr.head_sha])
        elif how == "squash" and gitlab:
            squashed = self.git.commit(f"s{pr.number}~", at, pr.author, pr.title, [base])
            message = f"Merge branch '{pr.head}' into '{pr.base}'\n\nSee merge request {self.of.path}!{pr.number}"
            head = self.git.commit(name or f"s{pr.number}", at, pr.author, message, [base, squashed])
        elif how in ("squash", "squash and forward"):
            message = pr.title if gitlab else f"{pr.title} (#{pr.number})"
            head = self.git.commit(name or f"s{pr.number}", at, pr.author, message, [base])
        elif how == "queued":
            head = self.git.find(str(name))
        elif how == "fast-forward":
            head = pr.head_sha
        elif how != "rebase":
            raise ValueError(f"{how!r}: merge, squash, rebase, fast-forward, semi-linear or squash and forward")
        pr.state, pr.merged_at, pr.draft, pr.merge_sha = "merged", at, False, head
        pr.merge_told = not gitlab or how in ("merge", "squash", "semi-linear")

    def _close(self, number: int, at: datetime, by: str | None = None) -> Iterator[Delivery]:
        pr = self.pull_requests[number]
        pr.state, pr.closed_at = "closed", at
        yield from self._snapshot(pr, "closed", at, by)

    def _reopen(self, number: int, at: datetime) -> Iterator[Delivery]:
        pr = self.pull_requests[number]
        pr.state, pr.closed_at = "open", None
        yield from self._snapshot(pr, "reopened", at)

    def _retarget(self, number: int, at: datetime, to: str) -> Iterator[Delivery]:
        pr = self.pull_requests[number]
        before, pr.base = pr.base, to
        yield from self._snapshot(pr, "retargeted", at, before=before)

    def _draft(self, number: int, at: datetime) -> Iterator[Delivery]:
        self.pull_requests[number].draft = True
        yield from self._snapshot(self.pull_requests[number], "draft", at)

    def _ready(self, number: int, at: datetime) -> Iterator[Delivery]:
        self.pull_requests[number].draft = False
        yield from self._snapshot(self.pull_requests[number], "ready", at)

    def _review(
        self, number: int, at: datetime, by: str, kind: str = "approved", deleted: str | None = None
    ) -> Iterator[Delivery]:
        self._reviews += 1
        comments = ("Why so?",) if kind == "comment" else ()
        review = Review(at, self.member(by), "commented" if comments else kind, comments)
        pull_request = self._as_it_is(self.pull_requests[number], at)
        deleted_at = moment(deleted) if deleted else None
        yield from self.provider.review(pull_request, review, self._reviews, deleted_at)

    # Deployments, incidents, marks -------------------------------------------------------------------------------

    def _deploy(
        self,
        number: int,
        at: datetime,
        of: str,
        says: str = "success",
        to: str = "production",
        tier: str = "",
        ref: str | None = None,
        began: str | None = None,
        by: str = "ann",
        short: bool = False,
        transient: bool = False,
    ) -> Iterator[Delivery]:
        """One status of a deployment. `of`: a branch (its head then), a commit, or nothing known."""
        sha = sha_of(of) if of.startswith("unknown") else self.git.find(of)
        begun = self.begun.setdefault(number, moment(began) if began else at)
        if says in ("success", "failed", "error") and tier in ("", "production"):
            self.finished.add(number)
        ref = ref or (of if of in self.git.branches else self.of.default_branch)
        told = Deployment(
            repository=self.of,
            id=number,
            environment=to,
            sha=sha,
            started_at=begun,
            finished_at=at,
            creator=self.member(by),
            title=f"Deploy {of}",
            tier=tier or ("production" if self.gitlab else ""),
        )
        yield from self.provider.deployment(told, says, at, ref, odd=short or transient)

    def _incident(
        self,
        number: int,
        at: datetime,
        closed: str | None = None,
        taken_back: str | None = None,
        deployment: int | None = None,
        of: str | None = None,
    ) -> Iterator[Delivery]:
        """`deployment`, `of`: what it names; an issue names nothing, so these are of another tool."""
        if deployment or of:
            self.named_incidents.append(
                NamedIncident(number, at, moment(str(closed)), deployment, of and self.git.find(of))
            )
            return
        ended = moment(closed) if closed else None
        incident = Incident(self.of, number, self.member("ann"), "Checkout is down", "", at, ended or SOME_DAY)
        yield from self.provider.incident(incident, "opened", at)
        if ended:
            yield from self.provider.incident(incident, "closed", ended)
        if taken_back:
            yield from self.provider.incident(incident, "taken back", moment(taken_back))

    def _mark(self, number: int, at: datetime, says: str, by: str = "ann") -> Iterator[Delivery]:
        self.marks.append(Mark(number, at, says, by))
        yield from ()

    # The repository itself ---------------------------------------------------------------------------------------

    def _be_at(self, path: str, at: datetime) -> Iterator[Delivery]:
        before, self.of = self.of, replace(self.of, path=path)
        yield from self.provider.move(before, self.of, at, self.member("ann"))

    def _be_deleted(self, _: bool, at: datetime) -> Iterator[Delivery]:
        yield from self.provider.delete(self.of, at, self.member("ann"))

    def _default_branch(self, branch: str, _at: datetime) -> Iterator[Delivery]:
        """The next event has it."""
        self.of = replace(self.of, default_branch=branch)
        yield from ()


def begin(
    provider: str,
    repository_id: int = 77,
    path: str = "parcelway/api",
    default_branch: str = "main",
    made: str | None = None,
) -> Timeline:
    """The world of a new repository, in which nothing has happened."""
    made_at = moment(made) if made else LONG_AGO
    of = Repository(provider, path, repository_id, "", "", "", 0.0, 0, "Go", default_branch, made_at)
    return Timeline(GitHub() if provider == "github" else GitLab(), of)

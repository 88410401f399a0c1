"""A story's timeline, told as records: what happened in a repository, as GitHub or GitLab would tell it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from storage import records
from storage.records import Person, Record, RepositoryKey
from tests.stories.git import Git, StoryCommit, sha_of

# Day 1 of every story is a Monday.
FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
MOMENT = re.compile(r"d(-?\d+) (\d\d):(\d\d)(?::(\d\d))?")
NAMED_SHA = re.compile(r"\{(\w+)(?::(\d+))?\}")
BOTS = ("[bot]",)


def moment(text: str) -> datetime:
    """`d2 10:30` is half past ten on the second day, UTC; `d-40 ...` lies before the story."""
    found = MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no moment: write d2 10:30")
    day, hour, minute, second = (int(part or 0) for part in found.groups())
    return FIRST_DAY + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


@dataclass
class OpenPullRequest:
    """What a snapshot of it says."""

    number: int
    created_at: datetime
    author: str
    head: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...]
    fork: bool
    draft: bool
    head_sha: str
    state: str = "open"
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    merge_sha: str | None = None
    commit_count: int = 1


@dataclass
class Timeline:
    """`provider` is the accent: GitLab tells neither when a push was nor that it was forced, nor how many commits."""

    provider: str
    repository: str = "77"
    default_branch: str = "main"
    made_at: datetime | None = None
    git: Git = field(default_factory=Git)
    pull_requests: dict[int, OpenPullRequest] = field(default_factory=dict)
    marks: list[tuple[str, datetime, str, str]] = field(default_factory=list)
    _reviews: int = 0

    @property
    def key(self) -> RepositoryKey:
        return RepositoryKey(self.provider, f"{self.provider}.example", self.repository)

    def tell(self, happening: dict[str, Any]) -> list[Record]:
        """The records of one line of the timeline."""
        line = {key: self._fill(value) for key, value in happening.items()}
        at = moment(line.pop("at"))
        word = next(iter(line))
        what = line.pop(word)
        yielded = list(getattr(self, f"_{word}")(what, at, **line))
        if not yielded:
            return []
        made_at = self.made_at if self.provider == "github" else None
        seen_at = next((record.time for record in yielded if isinstance(record, records.Push)), at)
        repository = records.Repository(self.key, "acme/api", None, self.default_branch, seen_at, made_at)
        return [repository, *yielded]

    def _fill(self, value: Any) -> Any:
        """`{a1}` is the SHA of the commit a1, `{a1:8}` its first eight characters."""
        if isinstance(value, str):
            return NAMED_SHA.sub(lambda found: sha_of(found[1])[: int(found[2] or 40)], value)
        if isinstance(value, dict):
            return {key: self._fill(inner) for key, inner in value.items()}
        return [self._fill(inner) for inner in value] if isinstance(value, list) else value

    def _person(self, name: str, at: datetime) -> Person:
        bot = name.endswith(BOTS)
        return Person(self.provider, self.key.host, f"id-{name}", name, name, None, bot, at)

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
    ) -> Iterator[Record]:
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
        records_of_push = list(self._move(branch, before, head, at, forced=forced))
        if told:
            yield from records_of_push
        yield from self._synchronize(branch, at)

    def _synchronize(self, branch: str, at: datetime) -> Iterator[Record]:
        for pr in self.pull_requests.values():
            if pr.state == "open" and pr.head == branch:
                pr.head_sha = self.git.branches[branch]
                yield from self._snapshot(pr, at)

    def _move(
        self, branch: str, before: str | None, head: str, at: datetime, *, forced: bool = False
    ) -> Iterator[Record]:
        known = [before] if before else list(self.git.branches.values())
        listed = self.git.between(known, head)
        self.git.branches[branch] = head
        time = at
        if self.provider == "gitlab":
            time = max((commit.time for commit in listed), default=at)
        told = listed[-20:] if self.provider == "gitlab" else listed
        on_default_branch = branch == self.default_branch
        yield records.Push(
            repository=self.key,
            ref=f"refs/heads/{branch}",
            before=before or "",
            after=head,
            forced=forced and self.provider == "github",
            on_default_branch=on_default_branch,
            time=time,
            commit_shas=tuple(commit.sha for commit in told),
            total_commits=len(listed),
        )
        yield from (self._commit(commit, at, on_default_branch) for commit in told)

    def _commit(self, commit: StoryCommit, at: datetime, on_default_branch: bool) -> Record:
        return records.Commit(
            repository=self.key,
            sha=commit.sha,
            time=commit.time,
            time_source="push",
            author=self._person(commit.author, at),
            message=commit.message,
            on_default_branch=on_default_branch,
            merge=commit.is_merge,
            bot=commit.author.endswith(BOTS),
        )

    def _delete(self, branch: str, at: datetime) -> Iterator[Record]:
        before = self.git.branches.pop(branch)
        yield records.Push(self.key, f"refs/heads/{branch}", before, "", False, False, at, (), 0)

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
    ) -> Iterator[Record]:
        pr = OpenPullRequest(
            number=number,
            created_at=at,
            author=by,
            head=head,
            base=base or self.default_branch,
            title=title or f"Bring {head}",
            body=body,
            labels=tuple(labels),
            fork=fork,
            draft=draft,
            head_sha=self.git.find(head),
        )
        self.pull_requests[number] = pr
        yield from self._snapshot(pr, at)
        yield records.PullRequestEvent(self.key, number, "opened", at)

    def _snapshot(self, pr: OpenPullRequest, at: datetime) -> Iterator[Record]:
        github = self.provider == "github"
        base = self.git.branches.get(pr.base)
        if pr.state == "open":
            pr.commit_count = len(self.git.between([base], pr.head_sha))
        yield records.PullRequest(
            repository=self.key,
            number=pr.number,
            seen_at=at,
            created_at=pr.created_at,
            state=pr.state,
            merged_at=pr.merged_at,
            closed_at=pr.merged_at or pr.closed_at if github or pr.state == "closed" else None,
            draft=pr.draft,
            author=self._person(pr.author, at),
            title=pr.title,
            url=f"https://{self.key.host}/acme/api/pull/{pr.number}",
            body=pr.body,
            base_ref=pr.base,
            head_ref=pr.head,
            head_repository="fork" if pr.fork else self.key.provider_id,
            head_sha=pr.head_sha,
            merge_sha=pr.merge_sha,
            labels=pr.labels,
            commit_count=pr.commit_count if github else None,
            review_comments=0 if github else None,
        )
        yield records.PullRequestCommit(self.key, pr.number, pr.head_sha, None)

    def _merge(
        self,
        number: int,
        at: datetime,
        how: str = "merge",
        name: str | None = None,
        told: bool = True,
        with_others: list[dict[str, Any]] | None = None,
    ) -> Iterator[Record]:
        """`told: false`: the push of the merge was never received. `with_others`: a queue merged several at once."""
        pr = self.pull_requests[number]
        before = self.git.branches[pr.base]
        merged = [self._join(pr, before, at, how, name)]
        for other in with_others or ():
            head = merged[-1].merge_sha or merged[-1].head_sha
            merged.append(self._join(self.pull_requests[other["merge"]], head, at, how, other.get("name")))
        if told:
            landed = merged[-1].merge_sha or merged[-1].head_sha
            yield from self._move(pr.base, before, landed, at)
        else:
            self.git.branches[pr.base] = merged[-1].merge_sha or merged[-1].head_sha
        yield from self._synchronize(pr.base, at)
        for one in merged:
            yield from self._snapshot(one, at)
            yield records.PullRequestEvent(self.key, one.number, "merged", at)

    def _join(self, pr: OpenPullRequest, base: str, at: datetime, how: str, name: str | None) -> OpenPullRequest:
        commits = self.git.between([base], pr.head_sha)
        pr.commit_count = len(commits)
        head: str | None = base
        if how == "merge":
            message = f"Merge pull request #{pr.number} from acme/{pr.head}"
            head = self.git.commit(name or f"m{pr.number}", at, pr.author, message, [base, pr.head_sha])
        elif how == "squash":
            message = f"{pr.title} (#{pr.number})"
            head = self.git.commit(name or f"s{pr.number}", at, pr.author, message, [base])
        elif how == "rebase":
            for commit in commits:
                head = self.git.commit(f"{commit.name}'", at, commit.author, commit.message, [head])
        elif how == "fast-forward":
            head = pr.head_sha
        else:
            raise ValueError(f"{how!r}: merge, squash, rebase or fast-forward")
        pr.state, pr.merged_at, pr.draft = "merged", at, False
        # GitLab names no merge SHA for a fast-forward.
        pr.merge_sha = None if self.provider == "gitlab" and head == pr.head_sha else head
        return pr

    def _close(self, number: int, at: datetime) -> Iterator[Record]:
        pr = self.pull_requests[number]
        pr.state, pr.closed_at = "closed", at
        yield from self._snapshot(pr, at)
        yield records.PullRequestEvent(self.key, number, "closed", at)

    def _reopen(self, number: int, at: datetime) -> Iterator[Record]:
        pr = self.pull_requests[number]
        pr.state, pr.closed_at = "open", None
        yield from self._snapshot(pr, at)
        yield records.PullRequestEvent(self.key, number, "reopened", at)

    def _retarget(self, number: int, at: datetime, to: str) -> Iterator[Record]:
        pr = self.pull_requests[number]
        pr.base = to
        yield from self._snapshot(pr, at)
        yield records.PullRequestEvent(self.key, number, "retargeted", at)

    def _draft(self, number: int, at: datetime) -> Iterator[Record]:
        yield from self._set_draft(number, at, draft=True)

    def _ready(self, number: int, at: datetime) -> Iterator[Record]:
        yield from self._set_draft(number, at, draft=False)

    def _set_draft(self, number: int, at: datetime, *, draft: bool) -> Iterator[Record]:
        pr = self.pull_requests[number]
        pr.draft = draft
        yield from self._snapshot(pr, at)
        yield records.PullRequestEvent(self.key, number, "draft" if draft else "ready", at)

    def _review(
        self, number: int, at: datetime, by: str, kind: str = "review", deleted: bool = False
    ) -> Iterator[Record]:
        self._reviews += 1
        key, person = f"{kind}:{self._reviews}", self._person(by, at)
        state = "commented" if kind == "comment" else "approved"
        yield records.Review(self.key, number, key, kind, person, state, at, at)
        if deleted:
            later = at + timedelta(minutes=1)
            yield records.Review(self.key, number, key, kind, person, state, at, later, deleted=True)

    # Deployments, incidents, marks -------------------------------------------------------------------------------

    def _deploy(
        self,
        number: int,
        at: datetime,
        of: str | None,
        says: str = "success",
        to: str = "production",
        tier: str = "production",
        ref: str | None = None,
        began: str | None = None,
    ) -> Iterator[Record]:
        """One status of a deployment. `of`: a branch (its head then) or a commit."""
        sha = of if of is None or of.startswith("unknown") else self.git.find(of)
        yield records.DeploymentStatus(
            repository=self.key,
            provider_key=f"deployment:{number}",
            environment_name=to,
            environment=tier,
            status=says,
            status_at=at,
            started_at=moment(began) if began else None,
            sha=sha,
            ref=ref,
            url=None,
            deployed_by=self._person("ann", at),
        )

    def _incident(
        self,
        key: str,
        at: datetime,
        closed: str | None = None,
        deployment: int | None = None,
        of: str | None = None,
        taken_back: bool = False,
    ) -> Iterator[Record]:
        ended = moment(closed) if closed else None
        number = re.sub(r"\D", "", key)
        yield records.Incident(
            repository=self.key,
            provider=self.provider,
            provider_key=key,
            title="Checkout is down",
            url=f"https://{self.key.host}/acme/api/issues/{number}",
            labels=("incident",),
            opened_at=at,
            closed_at=ended,
            seen_at=ended or at,
            is_incident=not taken_back,
            deployment_key=None if deployment is None else f"deployment:{deployment}",
            sha=self.git.find(of) if of else None,
        )

    def _mark(self, number: int, at: datetime, says: str, by: str = "ann") -> Iterator[Record]:
        self.marks.append((f"deployment:{number}", at, says, by))
        yield from ()

"""Makes a repository's history, and tells it in webhooks while it happens. The same seed, the same history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from itertools import count
from random import Random
from typing import Any

from tests.fakes.github.objects import deployment_object, issue_object, pull_request_object, release_object, run_object
from tests.fakes.github.world import (
    ZEROS,
    Account,
    Comment,
    Commit,
    Deployment,
    Issue,
    Move,
    PullRequest,
    Release,
    Repository,
    Review,
    Run,
    World,
    stamp,
)

PEOPLE = [
    Account(1000 + place, name.lower(), name, f"{name.lower()}@octo.example")
    for place, name in enumerate(("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"))
]
BOT = Account(1099, "renovate[bot]", "renovate[bot]", "1099+renovate[bot]@users.noreply.github.test", "Bot")
# Where services are told by files, each is deployed by itself.
ENVIRONMENTS = {"paths": ("production-api", "production-web")}


@dataclass(frozen=True)
class Told:
    """A webhook."""

    at: datetime
    event: str
    body: dict[str, Any]


def grow(world: World, count: int, start: datetime, days: int, sources: Sequence[str] = ("deployments",)) -> list[Told]:
    """So many repositories with a history each; their webhooks in the order of time. `sources` take turns."""
    told: list[Told] = []
    for number in range(1, count + 1):
        merging = ("squash", "merge", "rebase")[number % 3]
        teller = Teller(world, f"app-{number}", number, start, merging)
        teller.repository.source = sources[number % len(sources)]
        told += teller.tell(start, days)
    return sorted(told, key=lambda one: one.at)


class Teller:
    """`merging` is squash, merge or rebase."""

    def __init__(self, world: World, name: str, seed: int, start: datetime, merging: str) -> None:
        self.random = Random(seed)
        self.world = world
        self.merging = merging
        # How likely an incident is on a day.
        self.trouble = 0.05
        self.ids = count(seed * 1_000_000 + 1)
        self.repository = Repository(10_000 + seed, world.login, name, world.web, start)
        world.repositories[self.repository.path.lower()] = self.repository

    def tell(self, start: datetime, days: int) -> Iterator[Told]:
        """Some work every day; what is open at the end stays open."""
        now = start
        yield from self._push("main", "", [self._commit((), "Begin", self._somebody(), now)], now, self._somebody())
        for day in range(days):
            now = start + timedelta(days=day, hours=9, minutes=self.random.randrange(60), seconds=day % 60)
            if self.random.random() < 0.35:
                yield from self._work_directly(now)
            if self.random.random() < 0.8:
                yield from self._work(now + timedelta(minutes=30))
            if self.random.random() < 0.5:
                yield from self._deploy(now + timedelta(hours=9))
            if self.random.random() < self.trouble:
                yield from self._fail(now + timedelta(hours=11))

    def _somebody(self) -> Account:
        return self.random.choice(PEOPLE)

    def _commit(self, parents: tuple[str, ...], message: str, author: Account, at: datetime, **more: Any) -> Commit:
        said = f"{self.repository.id} {parents} {message} {stamp(at)} {len(self.repository.commits)}"
        times = {"authored_at": at, "committed_at": at, **more}
        commit = Commit(sha1(said.encode()).hexdigest(), parents, message, author, **times)
        self.repository.commits[commit.sha] = commit
        return commit

    def _envelope(self, sender: Account, **repository: Any) -> dict[str, Any]:
        return {
            "repository": self.repository.rest(**repository),
            "sender": sender.rest(),
            "installation": {"id": self.world.installation.id},
        }

    def _push(
        self, branch: str, before: str, commits: list[Commit], at: datetime, sender: Account, *, forced: bool = False
    ) -> Iterator[Told]:
        """Commits, oldest first; none: the branch is deleted."""
        after = commits[-1].sha if commits else ""
        kind = (
            ("force_push" if forced else "push")
            if before and after
            else "branch_creation"
            if after
            else "branch_deletion"
        )
        ref = f"refs/heads/{branch}"
        self.repository.moves.append(Move(ref, before or ZEROS, after or ZEROS, at, kind, sender))
        if branch == "main":
            self.repository.head = after
        told = [
            {
                "id": commit.sha,
                "message": commit.message,
                "timestamp": stamp(commit.committed_at),
                "author": {
                    "name": commit.author.name,
                    "email": commit.author.email,
                    "username": commit.author.login,
                },
                # Of very large commits GitHub tells none.
                "added": commit.files if self.repository.source == "paths" else [],
            }
            for commit in commits
        ]
        body = {
            "ref": ref,
            "before": before or ZEROS,
            "after": after or ZEROS,
            "forced": forced,
            "commits": told,
            "head_commit": told[-1] if told else None,
            **self._envelope(sender, pushed_at=int(at.timestamp())),
        }
        yield Told(at, "push", body)

    def _work_directly(self, now: datetime) -> Iterator[Told]:
        author = self._somebody()
        commit = self._commit((self.repository.head,), "Mend a typo", author, now)
        yield from self._push("main", self.repository.head, [commit], now, author)

    def _work(self, now: datetime) -> Iterator[Told]:
        """A pull request from its first commit on, most of them to the merge."""
        number = len(self.repository.pull_requests) + len(self.repository.issues) + 1
        author = BOT if self.random.random() < 0.1 else self._somebody()
        branch = f"change-{number}"
        parent, pushed = self.repository.head, ""
        commits: list[Commit] = []
        pr: PullRequest | None = None
        for place in range(self.random.randint(1, 3)):
            some = []
            for _ in range(self.random.randint(1, 2)):
                now += timedelta(minutes=self.random.randint(5, 40))
                commit = self._commit((parent,), f"Work on change {number}", author, now)
                parent = commit.sha
                some.append(commit)
            now += timedelta(minutes=2)
            commits += some
            yield from self._push(branch, pushed, some, now, author)
            pushed = some[-1].sha
            if pr is None:
                now += timedelta(minutes=1)
                pr = self._open(number, author, branch, now, pushed)
                pr.commits = [commit.sha for commit in commits]
                yield self._told(pr, "opened", now, author)
            else:
                pr.head, pr.commits = pushed, [commit.sha for commit in commits]
                now += timedelta(seconds=1)
                yield self._told(pr, "synchronize", now, author)
            if place == 0:
                now += timedelta(seconds=5)
                yield from self._ask(pr, now)
        assert pr is not None
        if pr.draft:
            now += timedelta(hours=1)
            pr.draft = False
            pr.moments.append(("ReadyForReviewEvent", now, None))
            yield self._told(pr, "ready_for_review", now, author)
        for _ in range(self.random.randint(0, 2)):
            now += timedelta(minutes=self.random.randint(3, 60))
            yield from self._review(pr, now)
        now += timedelta(minutes=self.random.randint(1, 60))
        fate = self.random.random()
        if fate < 0.8:
            yield from self._merge(pr, commits, now)
        elif fate < 0.9:
            pr.closed_at = now
            pr.moments.append(("ClosedEvent", now, None))
            yield self._told(pr, "closed", now, author)
            yield from self._push(branch, pr.head, [], now + timedelta(seconds=3), author)

    def _open(self, number: int, author: Account, branch: str, at: datetime, head: str) -> PullRequest:
        labels = ("hotfix",) if self.random.random() < 0.05 else ()
        draft = self.random.random() < 0.2
        pr = PullRequest(
            next(self.ids), number, f"Change {number}", f"Why {number}", author, branch, at, at, head, draft
        )
        pr.labels = labels
        merged = [one for one in self.repository.pull_requests.values() if one.merged_at]
        if merged and len(merged) % 6 == 0:
            # As GitHub's button makes one.
            reverted = merged[-1]
            pr.title, pr.body = f'Revert "{reverted.title}"', f"Reverts {self.repository.path}#{reverted.number}"
        self.repository.pull_requests[number] = pr
        return pr

    def _ask(self, pr: PullRequest, at: datetime) -> Iterator[Told]:
        reviewer = self._somebody()
        if reviewer != pr.author:
            pr.requested.append(reviewer)
            pr.moments.append(("ReviewRequestedEvent", at, reviewer))
            yield self._told(pr, "review_requested", at, pr.author, requested_reviewer=reviewer.rest())

    def _review(self, pr: PullRequest, at: datetime) -> Iterator[Told]:
        reviewer = self._somebody()
        state = "commented" if reviewer == pr.author else self.random.choice(("approved", "changes_requested"))
        review = Review(next(self.ids), reviewer, state, at)
        pr.reviews.append(review)
        pr.requested = [one for one in pr.requested if one != reviewer]
        pr.updated_at = at
        told = {"id": review.id, "state": state, "user": reviewer.rest(), "submitted_at": stamp(at)}
        yield self._about(pr, "pull_request_review", "submitted", at, reviewer, review=told)
        for _ in range(self.random.randint(0, 2)):
            comment = Comment(next(self.ids), pr.number, reviewer, at)
            self.repository.comments.append(comment)
            pr.review_comments += 1
            told = {"id": comment.id, "user": reviewer.rest(), "created_at": stamp(at), "updated_at": stamp(at)}
            yield self._about(pr, "pull_request_review_comment", "created", at, reviewer, comment=told)

    def _merge(self, pr: PullRequest, commits: list[Commit], at: datetime) -> Iterator[Told]:
        merger = self._somebody()
        head = self.repository.head
        if self.merging == "squash":
            landed = [self._commit((head,), f"{pr.title} (#{pr.number})", pr.author, at)]
        elif self.merging == "rebase":
            landed = []
            for commit in commits:
                parent = landed[-1].sha if landed else head
                times = {"authored_at": commit.authored_at, "committed_at": at}
                landed.append(self._commit((parent,), commit.message, commit.author, at, **times))
        else:
            message = f"Merge pull request #{pr.number} from octo/{pr.branch}"
            landed = [*commits, self._commit((head, pr.head), message, merger, at)]
        pr.merge_sha = landed[-1].sha
        pr.merged_at = pr.closed_at = at
        pr.moments += [("MergedEvent", at, None), ("ClosedEvent", at, None)]
        yield from self._push("main", head, landed, at, merger)
        yield self._told(pr, "closed", at, merger)
        yield from self._push(pr.branch, pr.head, [], at + timedelta(seconds=3), merger)

    def _told(self, pr: PullRequest, action: str, at: datetime, sender: Account, **more: Any) -> Told:
        pr.updated_at = at
        return self._about(pr, "pull_request", action, at, sender, **more)

    def _about(self, pr: PullRequest, event: str, action: str, at: datetime, sender: Account, **more: Any) -> Told:
        body = {
            "action": action,
            "number": pr.number,
            "pull_request": pull_request_object(self.repository, pr, whole=event == "pull_request"),
            **more,
            **self._envelope(sender),
        }
        return Told(at, event, body)

    def _deploy(self, now: datetime) -> Iterator[Told]:
        """To staging, then to production; now and then it fails, or an older version comes back."""
        sha = self.repository.head
        if self.repository.source == "workflow":
            yield from self._run("Test", sha, now - timedelta(minutes=30))
            yield from self._run("Deploy", sha, now)
            return
        if self.repository.source == "release":
            yield from self._release(sha, now)
            return
        ref = "main"
        if self.repository.source == "branch":
            yield from self._promote(now - timedelta(minutes=10))
            ref, sha = "live", self.repository.live
        before = [one for one in self.repository.deployments if one.environment == "production"]
        # What is forced away and was never deployed, nobody asks for.
        if before and ref == "main" and self.random.random() < 0.1:
            sha = self.random.choice(before).sha
        for environment in ENVIRONMENTS.get(self.repository.source, ("staging", "production")):
            creator = self._somebody()
            deployment = Deployment(next(self.ids), sha, environment, creator, now, ref)
            self.repository.deployments.append(deployment)
            final = "failure" if self.random.random() < 0.15 else "success"
            for state, minutes in (("queued", 0), ("in_progress", 1), (final, 6)):
                at = now + timedelta(minutes=minutes)
                deployment.statuses.append((state, at))
                status = {"state": state, "created_at": stamp(at), "environment": environment}
                body = {
                    "action": "created",
                    "deployment_status": {**status, "creator": creator.rest()},
                    "deployment": deployment_object(deployment),
                    **self._envelope(creator),
                }
                yield Told(at, "deployment_status", body)
            now += timedelta(minutes=20)

    def _promote(self, now: datetime) -> Iterator[Told]:
        """Production is deployed from a branch of its own: main is merged into it, or it begins again from there, and
        now and then something is mended on it. No pull request tells of that."""
        of, sender = self.repository, self._somebody()
        before, forced = of.live, bool(of.live) and self.random.random() < 0.3
        parents = (before, of.head) if before and not forced else (of.head,)
        commit = self._commit(parents, "Merge branch 'main' into live" if before else "Set up", sender, now)
        if self.random.random() < 0.5:
            commit = self._commit((commit.sha,), "Mend it at once", sender, now)
        of.live = commit.sha
        # Of a branch that is made, what the default branch has not.
        had = {one.sha for one in of.line(before or of.head)}
        brought = [one for one in reversed(of.line(commit.sha)) if one.sha not in had]
        yield from self._push("live", before, brought, now, sender, forced=forced)

    def _run(self, name: str, sha: str, now: datetime) -> Iterator[Told]:
        """Now and then it fails, and now and then it is run again then."""
        run = Run(next(self.ids), name, sha, now, self._somebody())
        self.repository.runs.append(run)
        while not run.attempts or (run.attempts[-1][0] == "failure" and self.random.random() < 0.5):
            conclusion = "failure" if self.random.random() < 0.3 else "success"
            run.attempts.append((conclusion, now, now + timedelta(minutes=4)))
            now += timedelta(minutes=10)
            body = {
                "action": "completed",
                "workflow_run": run_object(self.repository, run),
                "workflow": {"id": 1, "name": name, "path": ".github/workflows/any.yml"},
                **self._envelope(run.actor),
            }
            yield Told(run.attempts[-1][2], "workflow_run", body)

    def _release(self, sha: str, now: datetime) -> Iterator[Told]:
        tag, author = f"v{len(self.repository.releases) + 1}", self._somebody()
        self.repository.tags[tag] = sha
        commit = self.repository.commits[sha]
        head = {"id": sha, "message": commit.message, "timestamp": stamp(commit.committed_at)}
        body = {
            "ref": f"refs/tags/{tag}",
            "before": ZEROS,
            "after": sha,
            "forced": False,
            "commits": [],
            "head_commit": head,
            **self._envelope(author, pushed_at=int(now.timestamp())),
        }
        yield Told(now, "push", body)
        release = Release(next(self.ids), tag, now + timedelta(minutes=1), author)
        self.repository.releases.append(release)
        told = {"action": "published", "release": release_object(self.repository, release), **self._envelope(author)}
        yield Told(release.published_at, "release", told)

    def _fail(self, now: datetime) -> Iterator[Told]:
        """Some name the deployment that is to blame, some are opened again, and some were none after all."""
        number = len(self.repository.pull_requests) + len(self.repository.issues) + 1
        issue = Issue(number, f"Outage {number}", ("incident",), now, now)
        before = self.repository.deployments
        place = len(self.repository.issues)
        if before and place % 2:
            issue.body = f"It is down.\n\nDeployment: {before[-1].id}"
        self.repository.issues.append(issue)
        sender = self._somebody()
        yield self._incident(issue, "opened", now, sender)
        issue.closed_at = issue.updated_at = now + timedelta(hours=1)
        yield self._incident(issue, "closed", issue.closed_at, sender)
        if place % 3 == 1:
            issue.closed_at, issue.updated_at = None, now + timedelta(hours=2)
            yield self._incident(issue, "reopened", issue.updated_at, sender)
            issue.closed_at = issue.updated_at = now + timedelta(hours=3)
            yield self._incident(issue, "closed", issue.closed_at, sender)
        if place % 4 == 2:
            issue.labels, issue.updated_at = (), now + timedelta(hours=4)
            yield self._incident(issue, "unlabeled", issue.updated_at, sender, label={"name": "incident"})

    def _incident(self, issue: Issue, action: str, at: datetime, sender: Account, **more: Any) -> Told:
        body = {"action": action, "issue": issue_object(self.repository, issue), **more, **self._envelope(sender)}
        return Told(at, "issues", body)

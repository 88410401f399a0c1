"""Long random lives of a repository, and what was known of it on any day while retention runs again and again."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from storage.linking.history import (
    Commit,
    Deployment,
    History,
    Incident,
    Mark,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Push,
    Review,
)
from storage.linking.settings import Service, Settings

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
REPOSITORY = UUID(int=1)
PEOPLE = [uuid5(REPOSITORY, name) for name in ("ann", "bob")]
# How often each thing happens.
WEIGHTS = {"commit": 4, "begin": 7, "merge": 7, "close": 1, "deploy": 9, "roll_back": 1, "judge": 2, "rest": 1}


def sha(*name: object) -> str:
    return uuid5(REPOSITORY, repr(name)).hex


class Life:
    def __init__(self, seed: int, days: int = 360) -> None:
        self.random = random = Random(seed)
        self.now = START
        self.heads = {"main": "", "develop": ""}
        self.commits: dict[str, Commit] = {}
        self.pushes: list[Push] = []
        self.pull_requests: dict[int, PullRequest] = {}
        self.open: dict[int, list[str]] = {}
        self.listed: list[tuple[datetime, PullRequestCommit]] = []
        self.events: list[PullRequestEvent] = []
        self.reviews: list[Review] = []
        self.deployments: list[Deployment] = []
        self.marks: list[Mark] = []
        self.incidents: list[Incident] = []
        self.services: list[str | None] = random.choice([[None], [None], ["api", "web"]])
        self.environments = random.choice([["prod"], ["prod"], ["prod-eu", "prod-us"]])
        self.flow = random.choice(["main", "main", "develop"])
        self.push("main", self.write(2))
        # Made from the default branch: it brings nothing of its own.
        self.pushes.append(Push("refs/heads/develop", "", self.heads["main"], self.wait()))
        self.heads["develop"] = self.heads["main"]
        kinds = list(WEIGHTS)
        while self.now < START + timedelta(days=days):
            kind = random.choices(kinds, list(WEIGHTS.values()))[0]
            getattr(self, kind)()
            self.wait(hours=random.choice([0, 1, 5, 30, 100]))

    def wait(self, **time: float) -> datetime:
        self.now += timedelta(**time) + timedelta(minutes=1)
        return self.now

    def rest(self) -> None:
        """Weeks or months in which nothing happens."""
        self.wait(days=self.random.choice([10, 40, 100]))

    def write(self, count: int, *, merge: bool = False) -> list[str]:
        made = []
        for _ in range(count):
            one = sha(len(self.commits))
            at = self.now - timedelta(days=self.random.choice([0, 0, 1, 20, 100]))
            self.commits[one] = Commit(one, at, is_merge=merge, title="Work")
            made.append(one)
        return made

    def push(self, branch: str, shas: list[str]) -> None:
        before = self.heads.get(branch, "")
        main = branch == "main"
        self.pushes.append(Push(f"refs/heads/{branch}", before, shas[-1], self.wait(), shas, on_default_branch=main))
        self.heads[branch] = shas[-1]

    def commit(self) -> None:
        self.push("main", self.write(self.random.randint(1, 2)))

    def open_one(self, base: str, branch: str, own: list[str]) -> None:
        number = len(self.pull_requests) + 1
        created = self.wait(hours=self.random.choice([0, 3, 60]))
        self.listed += [(created, PullRequestCommit(number, one, self.commits[one].time)) for one in own[-2:]]
        self.events.append(PullRequestEvent(number, "ready", self.wait(hours=1)))
        self.reviews.append(Review(number, "review", self.random.choice(PEOPLE), self.wait(hours=2)))
        self.open[number] = own
        self.pull_requests[number] = PullRequest(
            number=number, created_at=created, base_ref=base, head_ref=branch, head_repository="77", head_sha=own[-1],
            commit_count=len(own), author_id=PEOPLE[0], title=f"Work {number}",
        )  # fmt: skip

    def begin(self) -> None:
        """A feature, a branch that nobody merges for long, or a release of the branch that others were merged into."""
        if self.flow == "develop" and self.random.random() < 0.2:
            travelling = [one for push in self.pushes if push.ref == "refs/heads/develop" for one in push.commit_shas]
            if travelling and not any(self.pull_requests[number].head_ref == "develop" for number in self.open):
                self.open_one("main", "develop", travelling[-3:])
            return
        branch = f"feature-{self.random.randint(1, 5)}" if self.random.random() < 0.2 else f"work-{len(self.commits)}"
        if any(self.pull_requests[number].head_ref == branch for number in self.open):
            return
        own = self.write(self.random.randint(1, 3))
        if self.random.random() < 0.8:
            self.heads.pop(branch, None)
            self.push(branch, own)
        self.open_one(self.flow, branch, own)

    def close(self) -> None:
        if self.open:
            number = self.random.choice(list(self.open))
            del self.open[number]
            self.pull_requests[number] = self.pull_requests[number]._replace(state="closed", closed_at=self.wait())

    def merge(self) -> None:
        if not self.open:
            return
        number = self.random.choice(list(self.open))
        own = self.open.pop(number)
        pr = self.pull_requests[number]
        base = pr.base_ref or "main"
        self.wait()
        how = self.random.choice(["merge", "squash", "rebase"]) if pr.head_ref != "develop" else "merge"
        made = self.write(len(own) if how == "rebase" else 1, merge=how == "merge")
        merged = self.now
        listed = [*own, *made] if how == "merge" else made
        if self.random.random() < 0.9:
            self.push(base, listed)
        self.pull_requests[number] = pr._replace(state="merged", merged_at=merged, merge_sha=made[-1])

    def deploy(self, old: str | None = None) -> None:
        pushes = [push for push in self.pushes if push.on_default_branch]
        # The newest, or one of the last weeks.
        recent = [push.after for push in pushes[-4:] if push.time > self.now - timedelta(days=30)]
        which = old or (self.random.choice(recent) if recent and self.random.random() < 0.2 else pushes[-1].after)
        says = self.random.choice(["success", "success", "success", "failed", "both"])
        at, later = self.wait(minutes=20), self.wait(minutes=30)
        succeeded = {"success": at, "both": later}.get(says)
        self.deployments.append(
            Deployment(
                key=f"deployment:{len(self.deployments) + 1}", time=at,
                environment_name=self.random.choice(self.environments), named_service=self.random.choice(self.services),
                status="failed" if says == "failed" else "success", sha=which, ref="main", status_at=later,
                started_at=at - timedelta(minutes=15), first_succeeded_at=succeeded,
                first_failed_at=at if says != "success" else None, finished_at=at,
            )
        )  # fmt: skip

    def roll_back(self) -> None:
        recent = [one.sha for one in self.deployments[-4:] if one.time > self.now - timedelta(days=60)]
        if recent:
            self.deploy(self.random.choice(recent))

    def judge(self) -> None:
        recent = [one for one in self.deployments[-5:] if one.time > self.now - timedelta(days=40)]
        if recent and self.random.random() < 0.5:
            says = self.random.choice(["failed", "ok", "recovered"])
            self.marks.append(Mark(self.random.choice(recent).key, self.wait(), says, "ann"))
        else:
            opened = self.wait()
            closed = opened + timedelta(hours=self.random.choice([1, 50])) if self.random.random() < 0.8 else None
            self.incidents.append(Incident(f"issue:{len(self.incidents)}", opened, closed))

    def known_on(self, day: datetime) -> History:
        """Everything that had happened by then."""
        pushes = [push for push in self.pushes if push.time <= day]
        listed = [one for at, one in self.listed if at <= day]
        told = {one for push in pushes for one in push.commit_shas} | {one.sha for one in listed}
        main = {one for push in pushes if push.on_default_branch for one in push.commit_shas}
        return History(
            repository_id=REPOSITORY,
            provider_id="77",
            path="acme/api",
            default_branch="main",
            made_at=START - timedelta(days=400),
            settings=Settings(services=tuple(Service(name) for name in self.services if name is not None)),
            commits={one: self.commits[one]._replace(on_default_branch=one in main) for one in sorted(told)},
            pushes=pushes,
            pull_requests={number: then(pr, day) for number, pr in self.pull_requests.items() if pr.created_at <= day},
            pull_request_commits=listed,
            pull_request_events=[one for one in self.events if one.at <= day],
            reviews=[one for one in self.reviews if one.submitted_at <= day],
            deployments=[one for one in self.deployments if (one.status_at or one.time) <= day],
            marks=[one for one in self.marks if one.at <= day],
            incidents=[
                one if one.closed_at is None or one.closed_at <= day else one._replace(closed_at=None)
                for one in self.incidents
                if one.opened_at <= day
            ],
        )


def then(pr: PullRequest, day: datetime) -> PullRequest:
    ended = pr.merged_at or pr.closed_at
    if ended is None or ended <= day:
        return pr
    return pr._replace(state="open", merged_at=None, closed_at=None, merge_sha=None)

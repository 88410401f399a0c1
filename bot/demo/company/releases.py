"""Plans what reaches the default branch, and what is deployed from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from bot.demo.company.calendar import MINUTES_A_DAY, WORKING_DAYS, WorkingTime
from bot.demo.company.people import GITHUB_ACTIONS, Repository, team_of
from bot.demo.company.pull_requests import blend, sha_of
from bot.demo.company.script import Commit, Deployment, MainPush, PullRequest

# Working days before an "improving" repository releases daily instead of weekly.
_IMPROVES_AFTER = 45


def main_pushes(
    repository: Repository, pull_requests: Sequence[PullRequest], direct: Sequence[tuple[datetime, Commit]]
) -> list[MainPush]:
    """Merges and direct commits, chained: each push begins where the one before ended."""
    moments: list[tuple[datetime, PullRequest | Commit]] = [
        (item.merged_at, item) for item in pull_requests if item.merged_at is not None
    ]
    moments += direct
    pushes: list[MainPush] = []
    head = first_head(repository)
    for at, what in sorted(moments, key=lambda moment: moment[0]):
        push = _merge(what, at, head) if isinstance(what, PullRequest) else _direct(repository, what, at, head)
        pushes.append(push)
        head = push.after
    return pushes


def first_head(repository: Repository) -> str:
    """Where the default branch stood when the history begins."""
    return sha_of(repository.path, "before the story")


def _merge(pull_request: PullRequest, at: datetime, head: str) -> MainPush:
    repository = pull_request.repository
    person = pull_request.merged_by or pull_request.author
    after = sha_of(repository.path, pull_request.number, "merge")
    title = f"{pull_request.title} (#{pull_request.number})"
    author = pull_request.author
    commits: tuple[Commit, ...] = ()
    if repository.merging == "merge":
        author, commits = person, pull_request.commits
        title = (
            f"Merge pull request #{pull_request.number} from parcelway/{pull_request.branch}\n\n{pull_request.title}"
            if repository.provider == "github"
            else f"Merge branch '{pull_request.branch}' into 'main'\n\n{pull_request.title}\n\n"
            f"See merge request {repository.path}!{pull_request.number}"
        )
    files = tuple(sorted({name for commit in pull_request.commits for name in commit.files}))
    return MainPush(
        repository=repository,
        at=at + timedelta(seconds=1),
        pusher=person,
        before=head,
        after=after,
        commits=(*commits, Commit(after, author, at, title, files)),
        pull_request=replace(pull_request, merge_sha=after),
    )


def _direct(repository: Repository, commit: Commit, at: datetime, head: str) -> MainPush:
    return MainPush(repository, at, commit.author, head, commit.sha, (commit,))


@dataclass(slots=True)
class Pipeline:
    """Deploys one repository, one release after the other. `bad` and `repairs`: merge SHAs of the story's troubles."""

    repository: Repository
    random: Random
    clock: WorkingTime
    bad: dict[str, str]
    repairs: set[str]
    next_id: int
    free_at: datetime
    live: str = ""
    failing: float = 0.5

    def run(self, pushes: Sequence[MainPush]) -> Iterator[Deployment]:
        """Every deployment, in the order in which they finish."""
        self.free_at = self.clock.at(0)
        for at, push in self._releases(pushes):
            yield from self._release(at, push)

    def _releases(self, pushes: Sequence[MainPush]) -> Iterator[tuple[datetime, MainPush]]:
        if self.repository.releasing == "continuous":
            yield from ((push.at + timedelta(seconds=self.random.randint(240, 560)), push) for push in pushes)
            return
        released: MainPush | None = None
        for day in range(WORKING_DAYS + 1):
            daily = self.repository.releasing == "daily" or (
                self.repository.releasing == "improving" and day >= _IMPROVES_AFTER
            )
            at = self.clock.at(day * MINUTES_A_DAY + self.random.randint(300, 360))
            newest = next((push for push in reversed(pushes) if push.at < at), None)
            if newest is not None and newest is not released and (daily or day % 5 == 3):
                released = newest
                yield at, newest

    def _release(self, at: datetime, push: MainPush) -> Iterator[Deployment]:
        at = max(at, self.free_at)
        staging = self._deploy("staging", push, at, push.after)
        yield staging
        progress = (at - self.clock.at(0)) / (self.clock.end - self.clock.at(0))
        troubled = push.after in self.bad or push.after in self.repairs
        # Spread evenly, not thrown: a short history would not show the team's rate.
        self.failing += blend(team_of(self.repository).failing, progress)
        if not troubled and self.failing >= 1:
            self.failing -= 1
            failed = self._deploy("production", push, staging.finished_at, push.after, fate="failed")
            yield failed
            at = failed.finished_at + timedelta(minutes=self.random.randint(14, 50))
            yield self._deploy("production", push, at, push.after)
            self.live = push.after
            return
        before = self.live
        fate = self.bad.get(push.after, "succeeded")
        production = self._deploy("production", push, staging.finished_at, push.after, fate=fate)
        yield production
        self.live = push.after
        if fate == "rolled back":
            at = production.finished_at + timedelta(minutes=self.random.randint(24, 38))
            yield self._deploy("production", push, at, before, rollback=True)
            self.live = before

    def _deploy(
        self,
        environment: str,
        push: MainPush,
        at: datetime,
        sha: str,
        *,
        fate: str = "succeeded",
        rollback: bool = False,
    ) -> Deployment:
        self.next_id += 1
        started = at + timedelta(seconds=self.random.randint(5, 15))
        finished = started + timedelta(seconds=self.random.randint(70, 240))
        self.free_at = finished
        return Deployment(
            repository=self.repository,
            id=self.next_id,
            environment=environment,
            sha=sha,
            started_at=started,
            finished_at=finished,
            creator=GITHUB_ACTIONS if self.repository.provider == "github" else push.pusher,
            title=push.commits[-1].message.partition("\n")[0],
            fate=fate,
            rollback=rollback,
        )

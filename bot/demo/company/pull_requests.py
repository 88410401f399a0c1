"""Plans one pull request: coding, draft time, reviews, rework, merge; in minutes at work, so that its shape stays."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from math import log
from random import Random

from bot.demo.company.calendar import TOTAL_MINUTES, WorkingTime
from bot.demo.company.people import (
    DEPENDABOT,
    GITHUB_REVIEWER,
    GITLAB_REVIEWER,
    RENOVATE,
    Member,
    Repository,
    developers_of,
    team_of,
)
from bot.demo.company.script import BranchPush, Commit, PullRequest, Review
from bot.demo.company.words import body_of, branch_of, comments_of, dependency_title, files_of, message_of, title_of


def sha_of(*parts: object) -> str:
    """A SHA as Git writes it; the same parts give the same one."""
    return sha1("/".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def blend(ends: tuple[float, float], progress: float) -> float:
    """A value on its way from the start of the history (progress 0) to its end (1)."""
    return ends[0] + (ends[1] - ends[0]) * min(max(progress, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning one repository's pull requests needs."""

    repository: Repository
    random: Random
    clock: WorkingTime

    def commit(self, author: Member, at: datetime, message: str) -> Commit:
        """A commit of `author`."""
        sha = sha_of(self.repository.path, self.random.random())
        return Commit(sha, author, at, message, files_of(self.random, self.repository.name))

    def ordinary(self, begin: float) -> PullRequest:
        """A developer's pull request, begun at a minute."""
        random, at = self.random, self.clock.at
        pace = blend(team_of(self.repository).pace, begin / TOTAL_MINUTES)
        people = developers_of(self.repository.team)
        author = random.choice(people)
        others = [person for person in people if person is not author]
        reviewers = tuple(random.sample(others, k=1 + (random.random() < 0.35)))
        title = title_of(random, self.repository.name)

        coding = self._takes(330 * pace)
        opened = begin + coding
        ready = opened + self._takes(240 * pace) if random.random() < 0.24 else None
        steps = sorted(begin + coding * random.random() for _ in range(random.choice((0, 0, 1, 1, 2, 3))))
        commits = [
            self.commit(author, at(minute), message_of(title, random, first=step == 0))
            for step, minute in enumerate([begin, *steps])
        ]
        pushes = [BranchPush(at(opened) - timedelta(seconds=random.randint(20, 90)), tuple(commits))]

        reviews = []
        if random.random() < 0.45:
            machine = GITHUB_REVIEWER if self.repository.provider == "github" else GITLAB_REVIEWER
            reviews.append(Review(at(opened + 3), machine, "commented", comments_of(random, random.randint(0, 2))))
        minute = (ready or opened) + self._takes(200 * pace)
        for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
            state = random.choice(("changes_requested", "commented"))
            notes = comments_of(random, random.randint(1, 3))
            reviews.append(Review(at(minute), reviewers[0], state, notes))
            minute += self._takes(110 * pace)
            rework = self.commit(author, at(minute - 2), message_of(title, random, first=False))
            pushes.append(BranchPush(at(minute), (rework,)))
            minute += self._takes(70 * pace)
        end = random.random()
        if end > 0.06:
            reviews.append(Review(at(minute), reviewers[-1], "approved", comments_of(random, random.random() < 0.2)))
        minute += self._takes(45 * pace)
        size = int(random.lognormvariate(log(70), 1.0)) + 2
        return PullRequest(
            repository=self.repository,
            number=0,
            author=author,
            title=title,
            body=body_of(title, random),
            branch=branch_of(title, random),
            pushes=tuple(pushes),
            created_at=at(opened),
            ready_at=None if ready is None else at(ready),
            reviewers=reviewers,
            reviews=tuple(reviews),
            # A few are given up; of the rest, a few are forgotten and stay open.
            merged_at=at(minute) if end > 0.08 else None,
            merged_by=author,
            closed_at=at(minute + 500) if 0.02 < end <= 0.08 else None,
            additions=size,
            deletions=int(size * random.uniform(0.05, 0.7)),
        )

    def dependency(self, begin: float) -> PullRequest:
        """An update by a bot, approved and merged by a person."""
        random, at = self.random, self.clock.at
        bot = DEPENDABOT if self.repository.provider == "github" else RENOVATE
        title = dependency_title(random)
        person = random.choice(developers_of(self.repository.team))
        minute = begin + self._takes(400)
        return PullRequest(
            repository=self.repository,
            number=0,
            author=bot,
            title=title,
            body=f"{title}. Release notes and changes are linked in the package's registry.\n",
            branch=f"{bot.login.removesuffix('[bot]')}/{branch_of(title, random)}",
            pushes=(BranchPush(at(begin), (self.commit(bot, at(begin), title),)),),
            created_at=at(begin) + timedelta(seconds=5),
            ready_at=None,
            reviewers=(),
            reviews=(Review(at(minute), person, "approved"),),
            merged_at=at(minute + 4),
            merged_by=person,
            closed_at=None,
            additions=random.randint(1, 40),
            deletions=random.randint(1, 40),
            labels=("dependencies",),
        )

    def _takes(self, median: float) -> float:
        """Minutes that something takes: now and then much longer than the median."""
        return 1 + median * self.random.lognormvariate(0, 0.8)

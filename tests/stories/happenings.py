"""What happens in stories, where the sample company's script has no word for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.demo.company.people import Member, Repository
from bot.demo.company.script import Commit, Deployment
from tests.stories.git import StoryCommit


@dataclass(frozen=True)
class Push:
    """A branch moved; zeros stand for "there is none"."""

    of: Repository
    ref: str
    before: str
    after: str
    # Oldest first.
    commits: Sequence[Commit]
    at: datetime
    sender: Member
    forced: bool


@dataclass
class OpenPullRequest:
    """What is known of a pull request now."""

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
    # GitLab names no commit of a merge that made none.
    merge_told: bool = True
    commits: list[StoryCommit] = field(default_factory=list)


@dataclass(frozen=True)
class DeploymentStatus:
    """A deployment began or ended."""

    of: Deployment
    says: str
    at: datetime
    ref: str
    # On GitHub: its environment will be thrown away. On GitLab: told as older versions did, without the whole SHA.
    odd: bool
    # Whoever deployed named it.
    service: str | None


@dataclass(frozen=True)
class Run:
    """A workflow's run ended on GitHub; on GitLab a job of the pipeline of this number."""

    of: Repository
    number: int
    called: str
    says: str
    branch: str
    sha: str
    at: datetime
    by: Member
    environment: str


@dataclass(frozen=True)
class Release:
    of: Repository
    number: int
    tag: str
    sha: str
    at: datetime
    by: Member
    draft: bool
    prerelease: bool


@dataclass(frozen=True)
class Mark:
    """A person's word about a deployment."""

    # The provider's key of the deployment.
    key: str
    at: datetime
    says: str
    by: str

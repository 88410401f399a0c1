"""The cast: a parcel company with three teams, eight repositories on two providers, and its bots."""

from dataclasses import dataclass
from datetime import UTC, datetime

COMPANY = "Parcelway"
ACCOUNT = "parcelway"
GITHUB_ACCOUNT_ID = 61840027
GITHUB_INSTALLATION_ID = 52711840
GITLAB_HOST = "gitlab.parcelway.example"


@dataclass(frozen=True, slots=True)
class Member:
    """A person or a bot. `offset` is the distance of their clock from UTC in hours."""

    login: str
    name: str
    id: int
    team: str
    offset: int = 0
    bot: bool = False

    @property
    def email(self) -> str:
        """The address in their commits."""
        return f"{self.login}@parcelway.example"


@dataclass(frozen=True, slots=True)
class Team:
    """`pace`: how long things take at the start and at the end of the history, beside a usual team."""

    slug: str
    name: str
    pace: tuple[float, float]
    # Share of production deployments that end with a failed status, at the start and at the end.
    failing: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Repository:
    """`merging` is squash or merge; `releasing` continuous, daily, weekly, or improving (weekly, then daily)."""

    provider: str
    path: str
    id: int
    team: str
    merging: str
    releasing: str
    # Pull requests begun per week.
    pace: float
    first_number: int
    language: str
    default_branch: str = "main"
    made_at: datetime = datetime(2023, 2, 14, 9, 12, 40, tzinfo=UTC)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


TEAMS = (
    Team("platform", "Platform", pace=(1.25, 0.42), failing=(0.26, 0.02)),
    Team("payments", "Payments", pace=(0.85, 0.8), failing=(0.05, 0.06)),
    Team("mobile", "Mobile", pace=(1.0, 1.05), failing=(0.06, 0.06)),
)

REPOSITORIES = (
    Repository("github", "parcelway/gateway", 704118201, "platform", "squash", "continuous", 4.2, 1180, "Go"),
    Repository("github", "parcelway/identity", 704118377, "platform", "merge", "improving", 2.6, 640, "Python"),
    Repository("gitlab", "parcelway/infrastructure", 2101, "platform", "merge", "continuous", 1.8, 310, "HCL"),
    Repository("github", "parcelway/billing", 704119014, "payments", "squash", "continuous", 3.4, 890, "Kotlin"),
    Repository("github", "parcelway/ledger", 704119220, "payments", "merge", "daily", 2.2, 455, "Kotlin"),
    Repository("github", "parcelway/invoices", 704119415, "payments", "squash", "daily", 1.4, 205, "TypeScript"),
    Repository("gitlab", "parcelway/mobile/courier-app", 2140, "mobile", "merge", "weekly", 2.8, 730, "Dart"),
    Repository("gitlab", "parcelway/mobile/customer-app", 2141, "mobile", "merge", "weekly", 3.0, 960, "Dart"),
)

DEVELOPERS = (
    Member("ines-duarte", "Inês Duarte", 3108841, "platform", 1),
    Member("tomasz-wilk", "Tomasz Wilk", 5520917, "platform", 2),
    Member("oyinda", "Oyinda Bankole", 8114502, "platform", 1),
    Member("henrikaas", "Henrik Aas", 2290773, "platform", 2),
    Member("mei-tan", "Mei Tan", 9043316, "platform"),
    Member("rafael-nunez", "Rafael Núñez", 4471186, "payments", 2),
    Member("sunniva", "Sunniva Berg", 7700129, "payments", 2),
    Member("dkowal", "Dorota Kowal", 6612904, "payments", 2),
    Member("aman-gill", "Aman Gill", 3987745, "payments"),
    Member("leila-haddad", "Leila Haddad", 5108632, "mobile", 1),
    Member("jonas-weber", "Jonas Weber", 8836007, "mobile", 2),
    Member("priya-raman", "Priya Raman", 2748190, "mobile"),
    Member("callum-reid", "Callum Reid", 9372254, "mobile"),
)

# The first is GitHub's own; the reviewer stands for the many that read code with a model.
DEPENDABOT = Member("dependabot[bot]", "dependabot[bot]", 49699333, "", bot=True)
GITHUB_ACTIONS = Member("github-actions[bot]", "github-actions[bot]", 41898282, "", bot=True)
GITHUB_REVIEWER = Member("second-look[bot]", "second-look[bot]", 170411985, "", bot=True)
RENOVATE = Member("renovate-bot", "Renovate Bot", 4101, "", bot=True)
GITLAB_REVIEWER = Member("project_2140_bot_5c1e", "second-look", 4102, "", bot=True)


def developers_of(team: str) -> tuple[Member, ...]:
    """The people of a team, in a fixed order."""
    return tuple(developer for developer in DEVELOPERS if developer.team == team)


def team_of(repository: Repository) -> Team:
    """The team that owns a repository."""
    return next(team for team in TEAMS if team.slug == repository.team)

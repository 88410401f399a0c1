"""A person is forgotten: nothing names them any more, whatever arrives later, and every number is as it was."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reports.period import parse_period
from reports.report_json import report_as_json
from reports.repository_report import repository_report
from reports.scope import find_repository, find_team
from reports.team_report import team_report
from storage import records
from storage.facts import write_records
from storage.forgetting import forget_person
from storage.linking import relink
from storage.models import Base
from storage.people_export import export_person
from storage.records import Record
from tests.storage.facts.samples import API, account, address, at, commit, pull_request, query, repository, status

JANE = account("4711", "jane_d", email="jane@work.example", name="Jane Doe")
AT_HOME = address("jane@work.example", name="Jane Doe")
JOHN = account("12", "john", name="John")
TEAM = records.TeamKey("github", "github.com", "9")
NAMES = ("jane", "4711")
TRAILER = "\n\nCo-authored-by: Jane Doe <jane@work.example>"


def review(number: int, minutes: float, by: records.Person) -> Record:
    key = f"approval:{by.user_id}"
    return records.Review(API, number, key, "approval", by, "approved", at(minutes), at(minutes))


def push(before: str, after: str, minutes: float) -> Record:
    return records.Push(
        repository=API,
        ref="refs/heads/main",
        before=before,
        after=after,
        forced=False,
        on_default_branch=True,
        time=at(minutes),
        commit_shas=(after,),
        total_commits=1,
    )


def told() -> list[Record]:
    """Two pull requests and a commit, shipped; a failure, and the revert of what failed."""
    one, two, three = "1" * 40, "2" * 40, "3" * 40
    merged = {"state": "merged", "base_ref": "main"}
    return [
        repository(),
        records.Team(TEAM, "platform", "Platform"),
        records.TeamMembership(TEAM, JANE, "member", member=True),
        records.TeamOwnership(TEAM, API, owns=True),
        commit(one, time=at(0), author=AT_HOME, message="Cart by Jane Doe"),
        commit(two, time=at(10), author=JOHN, message=f"Ask @jane_d{TRAILER}"),
        commit(three, time=at(20), author=JANE, message=f"Revert the cart of jane_d\n\nThis reverts commit {one}."),
        push("", one, 5),
        push(one, two, 15),
        push(two, three, 25),
        pull_request(
            5, number=1, author=JANE, title="Cart by Jane Doe", body="@jane_d", merged_at=at(5), merge_sha=one, **merged
        ),
        pull_request(
            15, number=2, author=JOHN, title="Hotfix for jane_d's #1", merged_at=at(15), merge_sha=two, **merged
        ),
        review(1, 4, JOHN),
        review(2, 14, JANE),
        records.ReviewRequest(API, 2, "account:4711", "jane_d", JANE, requested=True, seen_at=at(12)),
        status("success", 7, provider_key="deployment:1", sha=one, deployed_by=JANE),
        status("failed", 17, provider_key="deployment:2", sha=two, deployed_by=JOHN),
        status("success", 30, provider_key="deployment:3", sha=three, deployed_by=JANE),
    ]


async def write(connection: AsyncConnection, organization_id: UUID, everything: Sequence[Record]) -> None:
    await relink(connection, sorted((await write_records(connection, organization_id, everything)).repositories))


async def numbers(connection: AsyncConnection, organization_id: UUID) -> object:
    window = parse_period("7d", "UTC", at(600))
    team = await find_team(connection, organization_id, "platform")
    place = await find_repository(connection, organization_id, None, "acme/api")
    assert team is not None
    assert place is not None
    reports = (
        await team_report(connection, team, window, at(600)),
        await repository_report(connection, place, window, at(600)),
    )
    return [report_as_json(report) for report in reports]


async def everything_stored(connection: AsyncConnection) -> str:
    found = []
    for table in Base.metadata.tables:
        found += list(await connection.scalars(text(f"SELECT CAST(one AS text) FROM {table} AS one")))
    return "\n".join(found).lower()


async def test_nothing_names_the_person_and_the_numbers_are_unchanged(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        await connection.execute(
            text(
                "INSERT INTO audit_logs (organization_id, actor, action, subject, before) VALUES "
                "(:id, 'cli:jane_d', 'people.merge', 'x', '{\"people\": [[\"account:github:github.com:4711\"]]}')"
            ),
            {"id": organization_id},
        )
        before = await numbers(connection, organization_id)
    async with engine.begin() as connection:
        forgotten = await forget_person(connection, organization_id, "jane_d", "cli:ana")
        assert (forgotten.texts, forgotten.left) == (8, 0)
        assert await numbers(connection, organization_id) == before
        stored = await everything_stored(connection)
        assert [name for name in NAMES if name in stored] == []
        assert "cart by someone" in stored
        entries = await query(connection, "SELECT actor, action, after FROM audit_logs ORDER BY id")
        assert [(one["actor"], one["action"]) for one in entries] == [
            ("cli:someone", "people.merge"),
            ("cli:ana", "people.forget"),
        ]
        assert entries[1]["after"] == {"texts": 8, "left": 0}


async def test_later_deliveries_bring_no_name_back(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        before = await numbers(connection, organization_id)
    async with engine.begin() as connection:
        await forget_person(connection, organization_id, "jane@work.example", "cli:ana")
    async with engine.begin() as connection:
        # All of it anew, and what shows an unknown address with the forgotten account; then the address alone.
        both = account("4711", "jane_d", email="jane@new.example", name="Jane Doe")
        await write(connection, organization_id, [*told(), both])
        new = commit("4" * 40, author=address("jane@new.example", name="Jane Doe"), message="Jane Doe", time=at(-60))
        await write(connection, organization_id, [new])
        stored = await everything_stored(connection)
        assert [name for name in NAMES if name in stored.replace("ask @jane_d", "").replace("for jane_d's", "")] == []
        [authors] = await query(connection, "SELECT count(DISTINCT author_id) AS n FROM commits")
        assert (authors["n"], len(await query(connection, "SELECT id FROM developers"))) == (2, 2)
        await connection.execute(text("DELETE FROM commits WHERE commit_sha = repeat('4', 40)"))
        await relink(connection, list(await connection.scalars(text("SELECT id FROM repositories"))))
        assert await numbers(connection, organization_id) == before


async def test_an_export_holds_everything_of_the_person(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        exported = await export_person(connection, "jane_d")
        counts = {part: len(rows) for part, rows in exported.items()}
    facts = {"commits": 2, "pull_requests": 1, "reviews": 1, "review_requests": 1, "deployments": 2}
    by_hand = {"marks": 0, "subscriptions": 0, "alerts": 0, "audit": 0}
    assert counts == {"person": 1, "identities": 2, "teams": 1, "removed_from_teams": 0, **facts, **by_hand}
    assert exported["commits"][0]["message"] == "Cart by Jane Doe"

"""A person is forgotten: nothing names them any more, whatever arrives later, and every number is as it was."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
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
from storage.retention import Periods, run_retention
from tests.patience import SECONDS
from tests.storage.facts.samples import API, account, address, at, commit, pull_request, query, repository, status
from tests.storage.telling import START, aggregates, story, tell

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
    forgotten = await forget_person(engine, organization_id, "jane_d", "cli:ana")
    async with engine.begin() as connection:
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
    await forget_person(engine, organization_id, "jane@work.example", "cli:ana")
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
    by_hand = {"marks": 0, "subscriptions": 0, "alerts": 0, "digests": 0, "audit": 0}
    assert counts == {"person": 1, "identities": 2, "teams": 1, "removed_from_teams": 0, **facts, **by_hand}
    assert exported["commits"][0]["message"] == "Cart by Jane Doe"


async def test_facts_that_are_written_meanwhile_name_nobody_either(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
    forgotten, busy = asyncio.Event(), asyncio.Event()
    written = 0

    async def go_on(writer: int) -> None:
        nonlocal written
        while not forgotten.is_set():
            shown = account("4711", "jane_d", email="jane@work.example", name="Jane Doe", seen_at=at(written))
            work = commit(f"{writer}{written:039}", author=shown, message="More of Jane Doe", time=at(written))
            title = f"Cart {written} by Jane Doe"
            async with engine.begin() as connection:
                await write(
                    connection,
                    organization_id,
                    [work, pull_request(written, "merged", number=3, author=shown, title=title, merged_at=at(1))],
                )
            written += 1
            busy.set()

    writers = [asyncio.create_task(go_on(writer)) for writer in range(3)]
    await busy.wait()
    await forget_person(engine, organization_id, "jane_d", "cli:ana")
    forgotten.set()
    await asyncio.gather(*writers)
    async with engine.begin() as connection:
        stored = await everything_stored(connection)
        [commits] = await query(connection, "SELECT count(*), count(DISTINCT author_id) AS authors FROM commits")
    assert [name for name in NAMES if name in stored] == []
    assert (commits["count"], commits["authors"]) == (written + 3, 2)


async def test_other_repositories_go_on_while_forgetting_waits_for_one(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    other = records.RepositoryKey("github", "github.com", "2")
    async with engine.begin() as connection:
        await write(connection, organization_id, [*told(), repository(other, "acme/other")])
    async with engine.begin() as connection:
        await connection.execute(text("SELECT FROM repositories WHERE path = 'acme/api' FOR UPDATE"))
        forgetting = asyncio.create_task(forget_person(engine, organization_id, "jane_d", "cli:ana"))
        async with engine.connect() as watcher:
            waits = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            while not await watcher.scalar(waits):
                await watcher.commit()
                await asyncio.sleep(0.02)
        async with asyncio.timeout(SECONDS), engine.begin() as live:
            await write(live, organization_id, [commit("5" * 40, repository=other, author=JANE, message="On it")])
        assert not forgetting.done()
    assert (await forgetting).texts == 8


async def test_forgetting_that_was_interrupted_is_done_by_doing_it_again(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        before = await numbers(connection, organization_id)
        await connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE division_by_zero; END'"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON developers FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    with pytest.raises(DBAPIError):
        await forget_person(engine, organization_id, "jane_d", "cli:ana")
    async with engine.begin() as connection:
        assert await numbers(connection, organization_id) == before
        await connection.exec_driver_sql("DROP TRIGGER refuse ON developers")
        # Told again in the meantime.
        await write(connection, organization_id, told()[:-1])
    await forget_person(engine, organization_id, "jane_d", "cli:ana")
    async with engine.begin() as connection:
        stored = await everything_stored(connection)
        assert [name for name in NAMES if name in stored] == []
        assert await numbers(connection, organization_id) == before


async def test_digests_that_were_sent_name_the_person_no_more(engine: AsyncEngine, organization_id: UUID) -> None:
    """They keep what they showed: titles, and who was asked to review."""
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        for statement in (
            "INSERT INTO digest_subscriptions (team_id, channel_id, weekday, local_time, timezone, created_by) "
            "SELECT id, 'C1', 1, '09:00', 'UTC', 'U1' FROM teams",
            "INSERT INTO digest_runs (subscription_id, scheduled_for, state, reason, numbers) "
            "SELECT id, now(), 'sent', 'Ask jane_d.', jsonb_build_object('told', jsonb_build_array(3, 1, 2), 'report', "
            "jsonb_build_object('waiting', jsonb_build_object('title', 'Cart by Jane Doe', 'reviewers', "
            "jsonb_build_array('jane_d', 'john')))) FROM digest_subscriptions",
        ):
            await connection.execute(text(statement))
        exported = await export_person(connection, "jane_d")
    assert [(one["team"], one["numbers"]["told"]) for one in exported["digests"]] == [("platform", [3, 1, 2])]
    await forget_person(engine, organization_id, "jane_d", "cli:ana")
    async with engine.begin() as connection:
        [run] = await query(connection, "SELECT reason, numbers FROM digest_runs")
    assert run["reason"] == "Ask someone."
    waiting = {"title": "Cart by someone", "reviewers": ["someone", "john"]}
    assert run["numbers"] == {"told": [3, 1, 2], "report": {"waiting": waiting}}


async def test_forgetting_what_outlived_retention_changes_no_aggregate(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Rows of buckets that are partly gone are changed."""
    of_jane = [replace(one, author=JANE) if isinstance(one, records.Commit) else one for one in story("1")]
    repository_id = await tell(engine, organization_id, of_jane)
    partly = START + timedelta(days=150)
    await run_retention(engine, Periods(), partly)
    before = await aggregates(engine, repository_id)
    async with engine.connect() as connection:
        [left] = await query(connection, "SELECT count(*) FROM commits")
    assert 0 < left["count"] < sum(isinstance(one, records.Commit) for one in of_jane)
    await forget_person(engine, organization_id, "jane_d", "cli:ana")
    await run_retention(engine, Periods(), partly + timedelta(hours=1))
    assert await aggregates(engine, repository_id) == before
    async with engine.connect() as connection:
        stored = await everything_stored(connection)
    assert [name for name in NAMES if name in stored] == []

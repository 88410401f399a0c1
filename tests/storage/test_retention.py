"""What retention must not do: stop for good because of one row, or change what is told elsewhere."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from storage.aggregates import refresh
from storage.facts import write_records
from storage.forgetting import forget_person
from storage.linking.due import postpone_links
from storage.migrate import ensure_organization
from storage.retention import Periods, run_retention
from storage.teams import add_team
from storage.tokens import create_token
from tests.storage.facts.samples import account, commit, query
from tests.storage.facts.samples import repository as api
from tests.storage.telling import LATER, aggregates, know_long, story, tell

MUCH_LATER = datetime(2036, 1, 1, tzinfo=UTC)


async def test_days_and_weeks_are_kept_as_long_as_what_is_finer_also_where_less_is_set(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """A report begins where weeks do: it would not show the facts that are there before them."""
    await tell(engine, organization_id, story("1"))
    await run_retention(engine, Periods(raw_days=300, daily_days=100, weekly_days=90), MUCH_LATER)
    async with engine.begin() as connection:
        [told] = await query(connection, "SELECT frozen_before, facts_since, weeks_since FROM repositories")
    assert told["frozen_before"] is not None
    assert told["facts_since"] == told["weeks_since"] == told["frozen_before"]


async def test_a_team_goes_with_its_digests_alerts_and_what_came_of_them(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", "cli:jane")
        for statement in (
            "INSERT INTO digest_subscriptions (team_id, channel_id, weekday, local_time, timezone, created_by) "
            "SELECT id, 'C1', 1, '09:00', 'UTC', 'U1' FROM teams",
            "INSERT INTO alerts (team_id, channel_id, metric, above, created_by) "
            "SELECT id, 'C1', 'lead_time', 1, 'U1' FROM teams",
            "INSERT INTO digest_runs (subscription_id, scheduled_for, state) "
            "SELECT id, now(), 'sent' FROM digest_subscriptions",
            "INSERT INTO digest_runs (alert_id, scheduled_for, state) SELECT id, now(), 'sent' FROM alerts",
            "UPDATE teams SET deleted_at = now()",
        ):
            await connection.exec_driver_sql(statement)
    await run_retention(engine, Periods(), MUCH_LATER)
    async with engine.begin() as connection:
        for table in ("digest_runs", "digest_subscriptions", "alerts", "teams"):
            assert await query(connection, f"SELECT 1 FROM {table}") == []


async def test_what_came_of_digests_goes_with_the_audit_log_but_nothing_that_is_still_read(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", "cli:jane")
        for channel, ended in (("C1", None), ("C2", now)):
            await connection.exec_driver_sql(
                "INSERT INTO digest_subscriptions (team_id, channel_id, weekday, local_time, timezone, created_by, "
                "deleted_at) SELECT id, $1, 1, '09:00', 'UTC', 'U1', $2 FROM teams",
                (channel, ended),
            )
        for channel, kind, state, days, unfinished, untold in (
            ("C2", "digest", "sent", 1200, False, False),
            ("C1", "digest", "sent", 1200, False, False),
            ("C1", "details", "sent", 1200, False, False),
            # Its thread is unfinished.
            ("C1", "digest", "sent", 1190, False, False),
            ("C1", "details", "claimed", 1190, True, False),
            # The next one is compared with it.
            ("C1", "digest", "sent", 1180, False, False),
            ("C1", "digest", "failed", 1170, False, True),
            ("C1", "digest", "skipped", 1160, False, False),
            # Nothing is due before it.
            ("C1", "digest", "skipped", 1150, False, False),
        ):
            await connection.exec_driver_sql(
                "INSERT INTO digest_runs (subscription_id, scheduled_for, kind, state, claimed_until, tell_owner) "
                "SELECT id, $2, $3, $4, CASE WHEN $5 THEN now() END, $6 FROM digest_subscriptions "
                "WHERE channel_id = $1",
                (channel, now - timedelta(days=days), kind, state, unfinished, untold),
            )
    kept = await run_retention(engine, Periods(audit_days=1201), now)
    assert kept is not None
    assert kept.runs == 0
    kept = await run_retention(engine, Periods(), now)
    assert kept is not None
    assert kept.runs == 4
    async with engine.begin() as connection:
        left = await query(connection, "SELECT scheduled_for FROM digest_runs ORDER BY scheduled_for, kind")
    assert [(now - row["scheduled_for"]).days for row in left] == [1190, 1190, 1180, 1170, 1150]


async def test_what_was_asked_for_again_is_forgotten_when_nobody_is_asked_for_it_any_more(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        for key, days in (("old", 8), ("new", 6)):
            await connection.exec_driver_sql(
                "INSERT INTO redeliveries (organization_id, provider, host, delivery_key, attempts, asked_at) "
                "VALUES ($1, 'github', 'github.com', $2, 5, $3)",
                (organization_id, key, now - timedelta(days=days)),
            )
    await run_retention(engine, Periods(), now)
    async with engine.begin() as connection:
        [left] = await query(connection, "SELECT delivery_key FROM redeliveries")
    assert left["delivery_key"] == "new"


async def test_an_incident_outlives_the_repository_that_it_was_about(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    told_in, about = [await tell(engine, organization_id, story(name, 2)) for name in ("1", "2")]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO incidents (organization_id, provider, provider_key, repository_id, named_repository_id, "
            "linked_repository_id, opened_at, seen_at, is_incident) "
            "VALUES ($1, 'github', 'issue:1', $2, $3, $3, now(), now(), true)",
            (organization_id, told_in, about),
        )
        await connection.exec_driver_sql("UPDATE repositories SET deleted_at = now() WHERE id = $1", (about,))
    await run_retention(engine, Periods(), MUCH_LATER)
    async with engine.begin() as connection:
        assert [row["id"] for row in await query(connection, "SELECT id FROM repositories")] == [told_in]
        [incident] = await query(connection, "SELECT repository_id, linked_repository_id FROM incidents")
    assert (incident["repository_id"], incident["linked_repository_id"]) == (told_in, None)


async def test_what_a_flood_left_unlinked_is_counted_before_it_stands(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    linked = await tell(engine, organization_id, story("1"))
    async with engine.begin() as connection:
        touched = await write_records(connection, organization_id, story("2"))
        await know_long(connection)
        await postpone_links(connection, touched.repositories)
        await refresh(connection, touched.commit_days, touched.deployment_weeks)
    await run_retention(engine, Periods(), LATER)
    [put_off] = touched.repositories
    assert await aggregates(engine, put_off) == await aggregates(engine, linked)


async def test_a_repository_that_cannot_be_linked_keeps_its_rows_and_nobody_else_theirs(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    broken, _ = [await tell(engine, organization_id, story(name)) for name in ("1", "2")]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE division_by_zero; END'"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE OF frozen_before ON repositories FOR EACH ROW "
            f"WHEN (OLD.id = '{broken}') EXECUTE FUNCTION refuse()"
        )
    with capture_logs() as logs:
        kept = await run_retention(engine, Periods(), LATER + timedelta(days=1))
    assert kept is not None
    assert kept.horizons == 1
    assert [entry["repository"] for entry in logs] == [str(broken)]
    async with engine.begin() as connection:
        left = await query(connection, "SELECT repository_id, count(*) FROM commits GROUP BY repository_id")
    assert [(row["repository_id"], row["count"]) for row in left] == [(broken, 40)]


async def test_an_old_history_that_is_still_being_told_is_whole(engine: AsyncEngine, organization_id: UUID) -> None:
    """Years of it are replayed, and retention runs meanwhile."""
    at_once = await tell(engine, organization_id, story("1"))
    told = story("2")
    for half in (told[: len(told) // 2], told[len(told) // 2 :]):
        in_parts = await tell(engine, organization_id, half)
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE repositories SET created_at = $1", (LATER,))
        kept = await run_retention(engine, Periods(daily_days=91), LATER + timedelta(hours=23))
        assert kept is not None
        assert (kept.horizons, kept.commits, kept.facts) == (0, 0, 0)
    assert await aggregates(engine, in_parts) == await aggregates(engine, at_once)
    kept = await run_retention(engine, Periods(), LATER + timedelta(hours=25))
    assert kept is not None
    assert kept.horizons == 2


async def test_bodies_go_by_age_and_the_oldest_beyond_the_set_size_but_none_that_is_needed(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    now = datetime.now(UTC)
    insert = (
        "INSERT INTO webhook_deliveries (organization_id, provider, delivery_key, event, body, state, processed_at) "
        "SELECT $1, 'github', concat($2::text, i), 'push', convert_to(repeat('x', $3), 'UTF8'), $4, $5 "
        "FROM generate_series(1, $6) AS i"
    )
    day = timedelta(days=1)
    async with engine.begin() as connection:
        for name, size, state, at, many in (
            ("long ago ", 1, "done", now - 91 * day, 1100),
            ("a while ago ", 1, "ignored", now - 8 * day, 1100),
            ("failed ", 400_000, "failed", now - 91 * day, 1),
            ("waits ", 400_000, "pending", None, 1),
            ("now ", 400_000, "done", now, 5),
        ):
            await connection.exec_driver_sql(insert, (organization_id, name, size, state, at, many))
    kept = await run_retention(engine, Periods(body_megabytes=1), now)
    assert kept is not None
    # Bodies by age, three by size, rows.
    assert kept.bodies == 2200 + 3 + 1100
    async with engine.begin() as connection:
        left = await query(connection, "SELECT delivery_key FROM webhook_deliveries WHERE body IS NOT NULL ORDER BY id")
        [rows] = await query(connection, "SELECT count(*) FROM webhook_deliveries")
    assert [row["delivery_key"] for row in left] == ["failed 1", "waits 1", "now 4", "now 5"]
    assert rows["count"] == 1100 + 7


async def test_the_audit_log_is_kept_for_a_time_of_its_own(engine: AsyncEngine, organization_id: UUID) -> None:
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        for days in (1095, 1097):
            await connection.exec_driver_sql(
                "INSERT INTO audit_logs (organization_id, at, actor, action, subject) "
                "VALUES ($1, $2, 'cli:jane', $3, '')",
                (organization_id, now - timedelta(days=days), f"{days} days ago"),
            )
    await run_retention(engine, Periods(), now)
    async with engine.begin() as connection:
        assert [row["action"] for row in await query(connection, "SELECT action FROM audit_logs")] == ["1095 days ago"]


async def test_incidents_go_with_the_facts_but_not_one_that_is_open(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        for key, closed_at in (
            ("old", LATER - timedelta(days=740)),
            ("new", LATER - timedelta(days=700)),
            ("open", None),
        ):
            await connection.exec_driver_sql(
                "INSERT INTO incidents (organization_id, provider, provider_key, opened_at, closed_at, seen_at, "
                "is_incident) VALUES ($1, 'pagerduty', $2, $3, $4, $3, true)",
                (organization_id, key, LATER - timedelta(days=800), closed_at),
            )
    await run_retention(engine, Periods(), LATER)
    async with engine.begin() as connection:
        left = await query(connection, "SELECT provider_key FROM incidents ORDER BY provider_key")
    assert [row["provider_key"] for row in left] == ["new", "open"]


async def test_an_organization_goes_a_year_after_it_was_deleted_and_its_name_with_its_audit_log(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        other = await ensure_organization(connection, "other")
    for of in (organization_id, other):
        await tell(engine, of, story("1", 2))
        async with engine.begin() as connection:
            await add_team(connection, of, "platform", "Platform", "cli:jane")
            await create_token(connection, of, "grafana", "cli:jane")
            await connection.exec_driver_sql(
                "INSERT INTO webhook_deliveries (organization_id, provider, delivery_key, event) "
                "VALUES ($1, 'github', 'a', 'push')",
                (of,),
            )
    deleted_at = datetime.now(UTC)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE organizations SET deleted_at = $2 WHERE id = $1", (other, deleted_at))
    for days, left in ((364, {organization_id, other}), (366, {organization_id})):
        await run_retention(engine, Periods(daily_days=9999), deleted_at + timedelta(days=days))
        async with engine.begin() as connection:
            for table in ("repositories", "teams", "api_tokens", "webhook_deliveries"):
                found = await query(connection, f"SELECT organization_id FROM {table}")
                assert {row["organization_id"] for row in found} == left, table
            organizations = await query(connection, "SELECT name FROM organizations")
            assert {"other"} <= {row["name"] for row in organizations}
    await run_retention(engine, Periods(), deleted_at + timedelta(days=1100))
    async with engine.begin() as connection:
        assert await query(connection, "SELECT 1 FROM organizations WHERE name = 'other'") == []
        assert await query(connection, "SELECT 1 FROM repositories") != []


async def test_who_was_forgotten_goes_a_year_later_when_nothing_refers_to_them(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    jane, john = [account(number, name, name=name) for number, name in (("7", "jane"), ("8", "john"))]
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [api(), commit(author=jane), john])
    for person in ("jane", "john"):
        await forget_person(engine, organization_id, person, "cli:ana")
    year = datetime.now(UTC) + timedelta(days=366)
    async with engine.begin() as connection:
        [author] = await query(connection, "SELECT author_id FROM commits")
        assert len(await query(connection, "SELECT 1 FROM developers WHERE deleted_at IS NOT NULL")) == 2
        await connection.exec_driver_sql("UPDATE repositories SET created_at = $1", (year,))
    await run_retention(engine, Periods(), year)
    async with engine.begin() as connection:
        assert [row["id"] for row in await query(connection, "SELECT id FROM developers")] == [author["author_id"]]
        await connection.exec_driver_sql("DELETE FROM commits")
    await run_retention(engine, Periods(), year)
    async with engine.begin() as connection:
        assert await query(connection, "SELECT 1 FROM developers") == []
        assert await query(connection, "SELECT 1 FROM developer_identities") == []
        # Told again, they are nobody known still.
        await write_records(connection, organization_id, [commit("c" * 40, author=jane)])
        [developer] = await query(connection, "SELECT name, github_username FROM developers")
    assert developer == {"name": None, "github_username": None}

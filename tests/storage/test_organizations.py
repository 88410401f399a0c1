"""An organization that is removed keeps all it has for a year, and nothing is done with it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reports.scope import find_repository, find_team
from storage.alerts import list_active_alerts, set_alert
from storage.facts import write_records
from storage.migrate import ensure_organization
from storage.organizations import OrganizationRemoved, list_organizations, remove_organization, restore_organization
from storage.refusal import Refused
from storage.retention import Periods, run_retention
from storage.subscriptions import list_active, list_in_channel, subscribe
from storage.teams import add_team
from tests.storage.facts.samples import account, at, commit, query, repository
from tests.storage.test_deletion import is_deleted

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def fill(connection: AsyncConnection, organization_id: UUID) -> None:
    await write_records(connection, organization_id, [repository(), commit(author=account("7", "jane"))])
    await add_team(connection, organization_id, "platform", "Platform", "cli:jane")
    await subscribe(connection, organization_id, "platform", "C1", (1, "09:00", "UTC"), "U1")
    await set_alert(connection, organization_id, "platform", "C1", ("lead_time", 60.0), "U1")


async def shown(connection: AsyncConnection, organization_id: UUID) -> list[bool]:
    """Whether anything is sent or answered."""
    return [
        bool(found)
        for found in (
            await list_active(connection, organization_id),
            await list_in_channel(connection, organization_id, "C1"),
            await list_active_alerts(connection, organization_id),
            await find_team(connection, organization_id, "platform"),
            await find_repository(connection, organization_id, None, "acme/api"),
        )
    ]


async def test_nothing_is_sent_or_answered_until_it_is_restored_with_all_it_had(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await fill(connection, organization_id)
        assert await shown(connection, organization_id) == [True] * 5
        await remove_organization(connection, "default", "cli:jane")
        assert await shown(connection, organization_id) == [False] * 5
        with pytest.raises(OrganizationRemoved, match="organization restore default"):
            await ensure_organization(connection, "default")
        [listed] = await list_organizations(connection)
        assert (listed.teams, listed.repositories, listed.digests, listed.removed_at is None) == (1, 1, 1, False)
        await restore_organization(connection, "default", LONG_AGO, "cli:jane")
        assert await ensure_organization(connection, "default") == organization_id
        assert await shown(connection, organization_id) == [True] * 5
        # It alone was removed.
        assert not await is_deleted(connection)
        acts = await query(connection, "SELECT action, before FROM audit_logs ORDER BY id DESC LIMIT 2")
    assert [act["action"] for act in acts] == ["organization.restore", "organization.remove"]
    assert acts[1]["before"] == {"name": "default", "teams": 1, "repositories": 1, "digests": 1}


async def test_what_cannot_be_removed_or_restored_is_refused(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        for unknown in ("nobody", "DEFAULT", "", "x\u2028" * 200):
            with pytest.raises(Refused, match="no organization"):
                await remove_organization(connection, unknown, "cli:jane")
            with pytest.raises(Refused, match="no organization"):
                await restore_organization(connection, unknown, LONG_AGO, "cli:jane")
        with pytest.raises(Refused, match="not removed"):
            await restore_organization(connection, "default", LONG_AGO, "cli:jane")
        await remove_organization(connection, "default", "cli:jane")
        with pytest.raises(OrganizationRemoved):
            await remove_organization(connection, "default", "cli:jane")
        with pytest.raises(Refused, match="is dropped"):
            await restore_organization(connection, "default", datetime.now(UTC) + timedelta(days=1), "cli:jane")
        assert len(await query(connection, "SELECT 1 FROM audit_logs")) == 1


async def test_after_its_year_its_word_begins_anew_and_who_was_only_there_is_unknown(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    now = datetime.now(UTC)
    async with engine.begin() as connection:
        other = await ensure_organization(connection, "other")
        await fill(connection, organization_id)
        await write_records(connection, other, [repository(), commit(author=account("8", "ben"))])
        await remove_organization(connection, "default", "cli:jane")
        # Nothing of them is left anywhere, but something named them after that.
        await write_records(connection, other, [account("9", "eve", seen_at=now + timedelta(days=1))])
        await connection.exec_driver_sql("UPDATE developers SET created_at = $1", (at(0),))
        await connection.exec_driver_sql("UPDATE repositories SET created_at = $1", (now + timedelta(days=366),))
    for _ in range(2):
        await run_retention(engine, Periods(), now + timedelta(days=366))
        async with engine.begin() as connection:
            assert await query(connection, "SELECT 1 FROM teams") == []
            people = await query(connection, "SELECT github_username AS name FROM developers ORDER BY name")
            assert [one["name"] for one in people] == ["ben", "eve"]
            left = {one.slug: one.removed_at is None for one in await list_organizations(connection)}
            assert left == {f"default-deleted-{organization_id}": False, "other": True}
    async with engine.begin() as connection:
        assert await ensure_organization(connection, "default") != organization_id

"""An account of Slack belongs to one person, wherever that person's identities go."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.audit import audit
from storage.facts import write_records
from storage.forgetting import forget_person
from storage.people import PersonProblem, find_person, merge_people, split_person
from storage.people_export import export_person
from storage.slack_links import find_by_email, find_linked, link_slack, unlink_slack
from tests.storage.facts.samples import account, commit, query

JANE = account("1", "jane", email="jane@work.example", name="Jane")
JOHN = account("2", "john", email="john@work.example", name="John")
SLACK_ID = "U0JANE77"


async def test_a_link_follows_its_person_and_belongs_to_one(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [commit(author=JANE), commit("b" * 40, author=JOHN)])
        jane, john = await find_person(connection, "jane"), await find_person(connection, "john")
        linked = await link_slack(connection, organization_id, "jane", SLACK_ID.lower(), "cli:root")
        assert f"slack:{SLACK_ID}" in [one.said for one in linked.identities]
        assert await find_linked(connection, SLACK_ID) == jane.id

        await link_slack(connection, organization_id, "john", SLACK_ID, "cli:root")
        assert await find_linked(connection, SLACK_ID) == john.id
        merged = await merge_people(connection, organization_id, "jane", ["john"], "cli:root")
        assert await find_linked(connection, SLACK_ID) == merged.id
        _, new = await split_person(connection, organization_id, "jane", [f"slack:{SLACK_ID}"], "cli:root")
        assert await find_linked(connection, SLACK_ID) == new.id
        await unlink_slack(connection, organization_id, SLACK_ID, "cli:root")
        assert await find_linked(connection, SLACK_ID) is None
        with pytest.raises(PersonProblem, match="linked to nobody"):
            await unlink_slack(connection, organization_id, SLACK_ID, "cli:root")
        with pytest.raises(PersonProblem, match="no member id"):
            await link_slack(connection, organization_id, "jane", "@jane", "cli:root")


async def test_a_link_is_exported_and_forgotten_with_the_person(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [commit(author=JANE)])
        await link_slack(connection, organization_id, "jane", SLACK_ID, "cli:root")
        await audit(connection, organization_id, f"slack:{SLACK_ID}", "deployment.mark", "acme/api 1", None, None)
        told = await export_person(connection, "jane")
        assert SLACK_ID in [one["value"] for one in told["identities"]]
        assert [one["action"] for one in told["audit"]] == ["people.link", "deployment.mark"]
    await forget_person(engine, organization_id, "jane", "cli:root")
    async with engine.begin() as connection:
        assert await find_linked(connection, SLACK_ID) is None
        assert await find_by_email(connection, "jane@work.example") is None
        left = await query(connection, "SELECT concat(actor, subject, before, after) AS said FROM audit_logs")
        assert not [one for one in left if SLACK_ID in one["said"]]


async def test_an_address_is_of_whom_evidence_shows_it(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [commit(author=JANE)])
        jane = await find_person(connection, "jane")
        assert await find_by_email(connection, " Jane@Work.example") == jane.id
        assert await find_by_email(connection, "nobody@work.example") is None
        assert await find_by_email(connection, "noreply@work.example") is None

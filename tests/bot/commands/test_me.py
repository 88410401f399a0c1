"""`/devmetrics me`: one's own numbers, for oneself alone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import CommandContext, answer
from bot.demo.workspace.payloads import action_of
from bot.demo.workspace.state import Message
from bot.demo.workspace.web_api import SCOPES
from storage.models.people import DeveloperIdentity
from storage.models.pull_requests import PullRequestKey, Review
from storage.models.repositories import Repository
from storage.slack_links import link_slack, unlink_slack
from tests.bot.slack.place import Place, place
from tests.reports.filling import TRACKED, Filling

ADDRESS = "ana@acme.example"
DAY = timedelta(days=1)


@pytest.fixture
async def worked(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> AsyncIterator[Place]:
    """Ana merged #1 and wrote a commit, Ben merged #2, each reviewed the other's; Ana commented her own, too."""
    async with place(engine, organization_id, tmp_path) as slack:
        yesterday = datetime.now(UTC).replace(microsecond=0) - DAY
        async with engine.begin() as connection:
            filling = Filling(connection, organization_id)
            repository = await filling.repository()
            people = {name: await filling.developer(name) for name in ("ana", "ben")}
            for number, name in ((1, "ana"), (2, "ben")):
                row = {"repository_id": repository, "pr_number": number, "time": yesterday - timedelta(hours=2)}
                await filling.merged(
                    repository, yesterday, coding=3, number=number, author_id=people[name], lines_added=number * 100
                )
                await connection.execute(sa.insert(PullRequestKey).values(row))
                await filling.commit(repository, yesterday, author_id=people[name])
            for number, name in ((2, "ana"), (1, "ben"), (1, "ana")):
                review = {"repository_id": repository, "pr_number": number, "provider_key": f"review:{number}{name}"}
                review |= {"kind": "review", "submitted_at": yesterday, "seen_at": yesterday}
                await connection.execute(sa.insert(Review).values(**review, reviewer_id=people[name]))
            known = [
                {"provider": "", "host": "", "kind": "email", "value": f"{name}@acme.example", "developer_id": one}
                for name, one in people.items()
            ]
            await connection.execute(sa.insert(DeveloperIdentity), known)
        yield slack


def calls(slack: Place) -> list[str]:
    return [name for name, _ in slack.workspace.web_api.calls]


async def typed_by_ana(slack: Place, text: str = "me") -> Message:
    slack.ana.email = slack.ana.email or "Ana@Acme.example"
    return await slack.type(text)


async def test_a_person_sees_what_they_did_and_nobody_else_does(worked: Place) -> None:
    message = await typed_by_ana(worked)

    assert message.only_for == worked.ana.id
    assert worked.workspace.state.in_channel(worked.general.id) == []
    assert "Pull requests: 1 merged; 1 opened" in message.text
    assert "Cycle time, first commit to merge: 5 h" in message.text
    assert "Reviewed: 1 pull request of others" in message.text
    assert "Commits on the default branch: 1;" in message.text
    assert "(coding 3 h, pickup 1 h, review 1 h)" in message.text
    assert "#1 Change 1" in message.text
    assert "#2" not in message.text
    with pytest.raises(LookupError):
        action_of(message.blocks, "share")
    assert not [block for block in message.blocks if block["type"] == "actions"]


async def test_nobody_sees_the_numbers_of_somebody_else(worked: Place) -> None:
    asked = await typed_by_ana(worked, "me ben")
    assert "those of somebody else are shown to nobody" in asked.text

    mentioned = await typed_by_ana(worked, f"me <@{worked.ana.id}|ben>")
    assert "#2" not in mentioned.text
    for words in ("team ben", "repo ben"):
        assert "merged" not in (await worked.type(words)).text


async def test_slack_is_asked_for_an_address_only_when_a_person_wants_to_see_their_own(worked: Place) -> None:
    await worked.type("teams")
    assert "users.info" not in calls(worked)
    await typed_by_ana(worked)
    assert calls(worked)[-2:] == ["auth.test", "users.info"]


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [
        (SCOPES - {"users:read", "users:read.email"}, "lacks the scopes"),
        (SCOPES - {"users:read.email"}, "lacks the scopes"),
        (SCOPES, "No commit and no account has the address"),
    ],
)
async def test_an_unknown_person_is_told_why_and_what_to_do(worked: Place, scopes: frozenset[str], reason: str) -> None:
    worked.workspace.web_api.scopes = scopes
    worked.ana.email = "somebody@acme.example"
    message = await worked.type("me")

    assert reason in message.text
    assert f"devmetrics people link &lt;your username or address&gt; {worked.ana.id}" in message.text


async def test_an_address_proves_nothing_when_another_company_or_nobody_confirmed_it(worked: Place) -> None:
    worked.ana.workspace = "T0OTHER"
    assert "of another workspace" in (await typed_by_ana(worked)).text
    worked.ana.workspace, worked.ana.email_confirmed = "T0TEAM", False
    assert "no confirmed address" in (await typed_by_ana(worked)).text


async def test_what_an_administrator_said_comes_first_and_asks_slack_nothing(worked: Place) -> None:
    async with worked.engine.begin() as connection:
        await link_slack(connection, worked.organization_id, "ben@acme.example", worked.ana.id, "cli:root")
    message = await typed_by_ana(worked)
    assert "#2 Change 2" in message.text
    assert "You are known as ben." in message.text
    assert "users.info" not in calls(worked)

    async with worked.engine.begin() as connection:
        await unlink_slack(connection, worked.organization_id, worked.ana.id, "cli:root")
    assert "#1 Change 1" in (await typed_by_ana(worked)).text


async def test_the_window_begins_where_who_did_what_is_kept(worked: Place) -> None:
    kept = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - 3 * DAY
    async with worked.engine.begin() as connection:
        await connection.execute(sa.update(Repository).values(frozen_before=kept, first_event_at=TRACKED))
    message = await typed_by_ana(worked, "me 90d")
    assert f"Who did what is known since {kept:%Y-%m-%d}: the window starts there." in message.text
    assert "1 merged" in message.text


async def test_outside_of_slack_nobody_knows_who_asks(context: CommandContext) -> None:
    answered = await answer("me", context)
    assert not answered.understood
    assert answered.text.startswith("Type this in Slack")

"""Whatever fails, the person who asked gets a sentence, in time."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.demo.workspace.failures import RESPONSE_URL, Failure, rate_limited
from bot.demo.workspace.state import Message
from bot.slack import conversation
from bot.slack.messages.controls import SHARE_BUTTON
from storage.database import create_engine
from storage.organizations import remove_organization
from tests.bot.slack.place import Place, place
from tests.bot.slack.test_forms import filled

REFERENCE = re.compile(r"\(reference `([0-9a-f]{8})`\)")


@pytest.fixture
def log() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def seen(slack: Place) -> list[Message]:
    return slack.workspace.state.in_channel(slack.general.id, slack.ana.id)


async def test_without_the_database_a_person_gets_a_sentence_with_a_reference_that_is_in_the_log(
    organization_id: UUID, tmp_path: Path, log: list[EventDict]
) -> None:
    nowhere = create_engine("postgresql://nobody@127.0.0.1:9/nothing")
    async with place(nowhere, organization_id, tmp_path) as slack:
        message = await slack.type("team platform")

    assert message.text.startswith("The database does not answer right now.")
    assert message.only_for == slack.ana.id
    reference = REFERENCE.search(message.text)
    assert reference is not None
    assert reference[1] in str(log)


async def test_a_mistake_of_our_own_is_told_without_its_details(slack: Place, log: list[EventDict]) -> None:
    await slack.add_team("platform", "Platform")
    async with slack.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE teams CASCADE")

    message = await slack.type("team platform")

    assert message.text.startswith("Something went wrong in devmetrics")
    assert "SELECT" not in message.text
    reference = REFERENCE.search(message.text)
    assert reference is not None
    assert reference[1] in str(log)


async def test_a_slow_database_does_not_cost_the_three_seconds(slack: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "LONGEST_WAIT_SECONDS", 1.0)
    await slack.add_team("platform", "Platform")
    async with slack.engine.connect() as connection:
        await connection.exec_driver_sql("LOCK TABLE teams")
        acknowledged = await slack.people.command(slack.ana, slack.general, "team platform")
        assert (acknowledged.status, acknowledged.seconds < 1) == (200, True)
        message = await slack.answer_to(acknowledged)

    assert message.text.startswith("This took too long")


@pytest.mark.parametrize(
    "failure",
    [
        rate_limited(RESPONSE_URL, 0),
        Failure(RESPONSE_URL, 500),
        Failure(RESPONSE_URL, 503),
        Failure(RESPONSE_URL, lost=True),
    ],
    ids=["rate limit", "500", "503", "lost"],
)
async def test_an_answer_that_slack_did_not_take_is_sent_again(slack: Place, failure: Failure) -> None:
    slack.workspace.failures.plan(failure)

    assert "These commands exist" in (await slack.type("help")).text


async def test_blocks_that_slack_refuses_are_left_out(slack: Place) -> None:
    slack.workspace.failures.plan(Failure(RESPONSE_URL, 400, json.dumps({"ok": False, "error": "invalid_blocks"})))

    message = await slack.type("help")

    assert message.blocks == []
    assert "These commands exist" in message.text


async def test_a_refused_answer_is_explained_and_a_refused_explanation_is_logged(
    slack: Place, log: list[EventDict]
) -> None:
    slack.workspace.failures.plan(Failure(RESPONSE_URL, 404, "nope"))
    assert "Slack did not take the answer" in (await slack.type("help")).text

    slack.workspace.failures.plan(Failure(RESPONSE_URL, 404, "nope"), times=2)
    assert len(await slack.settled(await slack.people.command(slack.ana, slack.general, "help"))) == 1
    assert "Slack answered 404: nope" in str(log)
    assert slack.workspace.address not in str(log)


async def test_a_shared_answer_is_never_posted_twice(slack: Place) -> None:
    """After a lost connection nobody knows whether the channel has it: the asker is told, nothing is repeated."""
    await slack.add_team("platform", "Platform")
    private = await slack.type("team platform")
    slack.workspace.failures.plan(Failure(RESPONSE_URL, lost=True))

    await slack.press(private, SHARE_BUTTON)

    public = slack.workspace.state.in_channel(slack.general.id)
    assert len(public) == 1
    assert seen(slack)[-1].text.startswith("Slack did not take the answer.")


async def test_a_stop_waits_for_the_answers_in_hand(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> None:
    async with place(engine, organization_id, tmp_path) as slack:
        await slack.add_team("platform", "Platform")
        async with engine.connect() as connection:
            await connection.exec_driver_sql("LOCK TABLE teams")
            await slack.people.command(slack.ana, slack.general, "team platform")
            stopping = asyncio.ensure_future(slack.stop())
            await asyncio.sleep(0.2)
            assert not stopping.done()
        await stopping
        assert seen(slack)[-1].text.startswith("Platform, ")


async def test_in_the_name_of_a_removed_organization_nobody_is_answered_but_told_so(slack: Place) -> None:
    await slack.add_repository("acme/api", await slack.add_team("platform", "Platform"))
    await slack.people.command(slack.ana, slack.general, "subscribe")
    await slack.quiet()
    (form,) = slack.workspace.state.modals.values()
    async with slack.engine.begin() as connection:
        await remove_organization(connection, "default", "cli:jane")
    with capture_logs() as logs:
        for text in ("team platform", "subscribe platform", "help"):
            message = await slack.type(text)
            assert "`devmetrics organization restore default`" in message.text
        await slack.people.submit_view(slack.ana, form["id"], filled(slack))
    assert "was removed on" in str(list(slack.workspace.state.modals.values()))
    assert logs == []
    async with slack.engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM digest_subscriptions")) == 0

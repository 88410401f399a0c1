"""From a number to one of its deployments, to a mark, and back: in one message that changes itself."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.demo.workspace.state import Message
from bot.slack.messages.deployment import BACK_BUTTON, MARK_BUTTON
from bot.slack.messages.evidence import DEPLOYMENT_MENU
from storage.models.deployments import Deployment, DeploymentKey, DeploymentMark
from storage.models.repositories import Repository
from tests.bot.slack.place import Place
from tests.reports.filling import TRACKED, Filling

ASKED = "team platform change failure rate 30d"


@pytest.fixture
async def deployed(slack: Place) -> Place:
    """acme/api was deployed yesterday with success and the day before without."""
    team = await slack.add_team("platform", "Platform")
    repository = await slack.add_repository("acme/api", team)
    async with slack.engine.begin() as connection:
        await connection.execute(sa.update(Repository).values(first_event_at=TRACKED, seen_at=TRACKED))
        filling = Filling(connection, slack.organization_id)
        for days, key, outcome in ((1, "deployment:12", "succeeded"), (2, "deployment:11", "failed")):
            at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
            first = "first_failed_at" if outcome == "failed" else "first_succeeded_at"
            await filling.deployment(repository, at, outcome, provider_key=key, **{first: at})
            row = {"repository_id": repository, "provider_key": key, "time": at}
            await connection.execute(sa.insert(DeploymentKey).values(row))
    return slack


def offered(message: Message) -> list[str]:
    return [element["action_id"] for element in message.blocks[-1]["elements"]]


async def test_a_deployment_is_opened_marked_and_left_in_one_message(deployed: Place) -> None:
    message = await deployed.type("team platform deployment frequency 30d")
    await deployed.choose(message, DEPLOYMENT_MENU, "acme/api deployment:12")
    assert "It counts as *succeeded*." in message.text
    assert offered(message) == [f"{MARK_BUTTON}failed", BACK_BUTTON]

    await deployed.press(message, f"{MARK_BUTTON}failed")
    assert message.text.startswith("Marked as failed. acme/api deployment:12")
    assert f"<@{deployed.ana.id}> marked it as failed" in message.text
    assert offered(message) == [f"{MARK_BUTTON}{mark}" for mark in ("ok", "recovered", "withdrawn")] + [BACK_BUTTON]

    await deployed.press(message, f"{MARK_BUTTON}recovered")
    assert message.text.startswith("Marked as recovered.")
    await deployed.press(message, BACK_BUTTON)
    assert message.text.startswith("Platform: Deployment frequency")
    assert "2 deployments, 0 succeeded" in message.text
    assert deployed.workspace.state.in_channel(deployed.general.id, deployed.ana.id) == [message]


async def test_every_mark_is_confirmed_first(deployed: Place) -> None:
    message = await deployed.type("mark 11")

    elements = message.blocks[-1]["elements"]
    assert [element["action_id"] for element in elements] == [f"{MARK_BUTTON}ok", f"{MARK_BUTTON}recovered"]
    assert all("then" in element["confirm"]["text"]["text"] for element in elements)


async def test_a_mark_changes_the_number_that_is_asked_for_next(deployed: Place) -> None:
    assert "1 of 2 = 50 %" in (await deployed.type(ASKED)).text
    await deployed.type("mark 11 ok")
    assert "0 of 2 = 0 %" in (await deployed.type(ASKED)).text


async def test_what_several_share_is_asked_back_with_a_way_back(deployed: Place) -> None:
    message = await deployed.type(ASKED)
    [*_, controls] = message.blocks
    menu = controls["elements"][1]
    option = {"text": menu["options"][0]["text"], "value": "acme/api"}
    action = {"type": "static_select", "action_id": DEPLOYMENT_MENU, "block_id": controls["block_id"]}
    await deployed.settled(await deployed.people.act(deployed.ana, message, {**action, "selected_option": option}))

    assert message.text.startswith("Which deployment of “acme/api”? The last ones:")
    await deployed.press(message, BACK_BUTTON)
    assert message.text.startswith("Platform: Change failure rate")


async def test_what_stands_is_not_marked_and_says_why(deployed: Place) -> None:
    """Details of the time before are gone, so a mark could not be linked."""
    kept = datetime(2026, 3, 2, tzinfo=UTC)
    async with deployed.engine.begin() as connection:
        await connection.execute(sa.update(Repository).values(frozen_before=kept))
        await connection.execute(
            sa.update(Deployment).where(Deployment.provider_key == "deployment:11").values(frozen=True)
        )
    for mark in ("ok", "recovered", "withdrawn"):
        message = await deployed.type(f"mark 11 {mark}")
        assert "stands as it is: details of this repository are kept since 2026-03-02" in message.text
        assert "A mark would do nothing." in message.text
    message = await deployed.type("mark 11")
    assert "It stands so: details of this repository are kept since 2026-03-02." in message.text
    assert MARK_BUTTON not in str(message.blocks)
    async with deployed.engine.connect() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(DeploymentMark)) == 0

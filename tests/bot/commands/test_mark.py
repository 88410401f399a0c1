"""`/devmetrics mark acme/api deployment:12 failed`"""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commands import CommandContext, answer
from storage.models.deployments import DeploymentKey
from storage.models.repositories import Repository
from tests.handlers.queue import query
from tests.reports.filling import TRACKED, Filling, at

RUN = "https://github.com/acme/api/actions/runs/55"


@pytest.fixture
async def deployed(context: CommandContext) -> CommandContext:
    """acme/api with two deployments and one on staging; acme/web with one whose number acme/api has too."""
    async with context.engine.begin() as connection:
        rows = await connection.execute(sa.select(Repository.path, Repository.id))
        ids = {row.path: row.id for row in rows}
        await connection.execute(sa.update(Repository).values(first_event_at=TRACKED, seen_at=TRACKED))
        filling = Filling(connection, context.organization_id)

        async def deploy(path: str, key: str, day: str, **more: Any) -> None:
            finished = {"first_succeeded_at": at(day)}
            await filling.deployment(ids[path], at(day), provider_key=key, **{**finished, **more})
            row = {"repository_id": ids[path], "provider_key": key, "time": at(day)}
            await connection.execute(sa.insert(DeploymentKey).values(row))

        await deploy("acme/api", "deployment:4242", "2026-11-03", sha="abcdef1" + "0" * 33, url=f"{RUN}/job/7")
        await deploy("acme/api", "workflow_run:77", "2026-11-04", sha="1234567" + "f" * 33)
        await deploy("acme/web", "deployment:77", "2026-11-05")
        staging = {"environment": "staging", "environment_name": "qa"}
        await deploy("acme/api", "deployment:9", "2026-11-06", sha="abcdef1" + "0" * 33, **staging)
    return replace(context, user_id="U1", channel_id="C1")


NAMES = (
    "4242",
    "#4242",
    "deployment:4242",
    "Deployment:4242",
    "deployment 4242",
    "acme/api deployment:4242",
    "api deployment:4242",
    "ACME/API 4242",
    "acme/api#4242",
    "github acme/api 4242",
    "abcdef1",
    "ABCDEF10",
    "acme/api abcdef1",
    f"{RUN}/job/7",
    RUN,
    f"<{RUN}|the run>",
    f"{RUN}?pr=1#summary",
    "https://github.com/acme/api/deployments/4242",
    "https://github.com/acme/api/commit/abcdef1000",
)


async def test_a_deployment_is_understood_however_it_is_named(deployed: CommandContext) -> None:
    for named in NAMES:
        assert (await answer(f"mark {named}", deployed)).text.startswith("acme/api deployment:4242: prod"), named


async def test_a_mark_is_made_and_the_answer_shows_how_it_counts_now(deployed: CommandContext) -> None:
    marked = await answer("mark 4242 FAILED", deployed)

    assert marked.understood
    assert marked.text.startswith("Marked as failed. acme/api deployment:4242: production")
    assert "It counts as failed: recovered 4 Nov 00:00" in marked.text.replace("*", "")
    assert "Why, the strongest first: <@U1> marked it as failed" in marked.text
    assert "It counts as *succeeded*." in (await answer("mark ok acme/api 4242", deployed)).text
    taken_back = await answer("mark 4242 withdraw", deployed)
    assert taken_back.text.startswith("The marks are taken back.")
    for said in ("marked it as failed", "marked it as fine", "took the marks back"):
        assert f"<@U1> {said}" in taken_back.text
    assert await query(deployed.engine, "SELECT count(*) FROM audit_logs WHERE actor = 'slack:U1'") == [(3,)]


async def test_the_same_mark_again_changes_nothing(deployed: CommandContext) -> None:
    for _ in range(2):
        assert "It counts as *failed*" in (await answer("mark 4242 failed", deployed)).text
    assert await query(deployed.engine, "SELECT count(*) FROM deployment_marks") == [(1,)]


async def test_a_number_that_several_have_gets_a_choice_of_commands(deployed: CommandContext) -> None:
    several = await answer("mark 77 failed", deployed)

    assert not several.understood
    assert "`/devmetrics mark acme/web deployment:77 failed`" in several.text
    assert "`/devmetrics mark acme/api workflow_run:77 failed`" in several.text
    assert await query(deployed.engine, "SELECT count(*) FROM deployment_marks") == [(0,)]


async def test_a_repository_alone_gets_its_last_deployments_to_production(deployed: CommandContext) -> None:
    for named in ("acme/api", "api", "https://github.com/acme/api/actions"):
        said = (await answer(f"mark {named} failed", deployed)).text
        assert said.startswith("Which deployment of ")
        newest, older = (said.index(f"acme/api {key} failed") for key in ("workflow_run:77", "deployment:4242"))
        assert newest < older
        assert "deployment:9" not in said


OBJECTIONS = (
    ("mark", "Which deployment?"),
    ("mark failed", "Which deployment?"),
    ("mark 1111 failed", "I know no deployment “1111”. Name it by its number"),
    ("mark acme/none deployment:1 failed", "I know no deployment “acme/none deployment:1”."),
    ("mark https://example.com/somewhere failed", "I know no deployment “somewhere”."),
    ("mark % failed", "I know no deployment “%”."),
    ("mark deployment:9 failed", "went to staging: only deployments to production"),
    ("mark 4242 recovered", "counts as succeeded: there is nothing to recover from"),
    ("mark 4242 withdrawn", "Nobody has marked"),
    ("mark 4242 kaputt", "“kaputt” does not say how it went. Say after it how it went: `failed`, `ok`, "),
)


async def test_what_cannot_be_marked_is_explained(deployed: CommandContext) -> None:
    for typed, said in OBJECTIONS:
        answered = await answer(typed, deployed)
        assert said in answered.text
        assert not answered.understood
    assert await query(deployed.engine, "SELECT count(*) FROM deployment_marks") == [(0,)]


async def test_nobody_marks_without_a_name(deployed: CommandContext) -> None:
    nameless = replace(deployed, user_id=None)
    assert "kept with who made them" in (await answer("mark 4242 failed", nameless)).text
    assert (await answer("mark 4242", nameless)).understood


async def test_deployments_of_another_organization_are_not_known(deployed: CommandContext) -> None:
    async with deployed.engine.begin() as connection:
        insert = "INSERT INTO organizations (name, slug) VALUES ('o', 'o') RETURNING id"
        other = (await connection.exec_driver_sql(insert)).scalar_one()
    for named in ("4242", "acme/api 4242", "abcdef1", RUN):
        said = (await answer(f"mark {named} failed", replace(deployed, organization_id=other))).text
        assert said.startswith("I know no deployment")

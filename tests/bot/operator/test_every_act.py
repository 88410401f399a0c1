"""Every administrative act is in the audit log: each way to change something is tried here, or named with the reason
why it changes nothing that a person decides. Whoever adds one has to say which of the two it is."""

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import typer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.__main__ import build
from bot.app import create_app
from bot.commands.registry import all_commands
from bot.demo.workspace.payloads import action_of
from bot.settings import Settings
from bot.slack.messages.deployment import MARK_BUTTON
from bot.slack.messages.home import END, PAUSE, RESUME
from storage.audit import list_audit
from storage.facts import write_records
from storage.models.deployments import DeploymentKey
from storage.models.repositories import Repository
from tests.bot.operator.running import Devmetrics
from tests.bot.operator.test_backfill import environment, here
from tests.bot.operator.test_words import words_of
from tests.bot.slack.place import Place, place
from tests.bot.slack.test_forms import filled
from tests.fakes.bitbucket import fake_bitbucket
from tests.fakes.github.telling import grow
from tests.fakes.gitlab import World, fake_gitlab
from tests.reports.filling import TRACKED, Filling
from tests.storage.facts.samples import account, commit

PROJECT = Path(__file__).parents[3]
# Words of the command line, and why none of them is an act.
NO_ACTS = {
    **dict.fromkeys(("ask", "audit list", "connection list", "deliveries list", "deliveries show"), "shows"),
    **dict.fromkeys(("digest show", "manifest", "openapi", "organization list", "token list"), "shows"),
    **dict.fromkeys(("people list", "people show", "people export", "repo show", "team list", "team show"), "shows"),
    "check": "repairs only what `setup gitlab` made, as the running server does every hour",
    "demo": "a company of its own, in a folder of its own",
    "digest due": "sends what the running server sends every minute",
    "migrate": "does what each start does",
    "serve": "does what others decided",
    "setup github": "shows pages; what is done there is audited (tests/bot/github_setup)",
}
# Of Slack's words those that only answer.
ANSWERS = {"alerts", "digest", "help", "me", "repo", "team", "teams"}
# What Slack's buttons, menus, forms and events are told to, as bot/slack registers it.
LISTENERS = {
    *("command(COMMAND)", "action(PERIOD_MENU)", "action(SHARE_BUTTON)", "action(action_id)", "action(BACK_BUTTON)"),
    *("action(DEPLOYMENT_MENU)", "event(OPENED)", "action(ORDER)"),
    # Acts, tried below.
    *("action(re.compile(f'^{MARK_BUTTON}'))", "action(re.compile(f'{MENU}:'))", "view(FORM)"),
}
# Audited where it is tested: tests/bot/github_setup.
PAGES = {("GET", "/github/setup/registered"): "github.register"}


async def newest(engine: AsyncEngine, organization_id: UUID) -> list[Any]:
    async with engine.connect() as connection:
        return await list_audit(connection, organization_id, 1000)


async def test_every_word_of_the_command_line_that_changes_something(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID, three: None, tmp_path: Path
) -> None:
    every, tried = set(words_of(typer.main.get_command(build(None)))), set[str]()

    async def act(said: str, *actions: str, **given: str) -> str:
        before = len(await newest(engine, organization_id))
        words = said.split()
        result = await devmetrics(*words, **given)
        assert result.status == 0, result.err
        entries = (await newest(engine, organization_id))[: -before or None]
        assert [entry.action for entry in reversed(entries)] == list(actions), said
        for entry in entries:
            assert entry.actor.startswith("cli:")
            assert entry.subject
            assert entry.before or entry.after, f"{said}: what is different?"
        tried.add(max((word for word in every if said.startswith(word)), key=len))
        return result.out

    async with engine.begin() as connection:
        # acme/api is known by then.
        people = [commit(author=account("7", "jane")), commit("b" * 40, author=account("8", "ben"))]
        await write_records(connection, organization_id, people)
        [repository] = await connection.scalars(sa.select(Repository.id))
        path = await connection.scalar(sa.update(Repository).values(seen_at=TRACKED).returning(Repository.path))
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        filling = Filling(connection, organization_id)
        await filling.deployment(repository, at, "succeeded", provider_key="deployment:12", first_succeeded_at=at)
        await connection.execute(
            sa.insert(DeploymentKey).values(repository_id=repository, provider_key="deployment:12", time=at)
        )
    await act("team add platform --name Platform", "team.add")
    await act(f"team add-repo platform github {path}", "team.add_repository")
    await act("team add-member platform jane", "team.add_member")
    await act("team set platform --timezone Europe/Berlin", "team.set_timezone")
    await act(f"repo set github {path} --environment harbor=production", "repository.set")
    await act(f"repo add-service github {path} web", "repository.set_service")
    await act(f"team add-service platform github {path} web", "team.add_service")
    await act(f"team remove-service platform github {path} web", "team.remove_service")
    await act(f"repo remove-service github {path} web", "repository.remove_service")
    await act(f"team add-repo platform github {path}", "team.add_repository")
    await act(f"team remove-repo platform github {path}", "team.remove_repository")
    await act("team remove-member platform jane", "team.remove_member")
    await act("team rename platform ops", "team.rename")
    await act("team remove ops", "team.remove")
    await act("organization set --timezone Europe/Berlin", "organization.set_timezone")
    await act("organization remove default --yes", "organization.remove")
    await act("organization restore default", "organization.restore")
    await act("mark deployment:12 failed", "deployment.mark")
    await act("people merge jane ben", "people.merge")
    await act("people split jane github:ben", "people.split")
    await act("people link jane U0123", "people.link")
    await act("people unlink U0123", "people.unlink")
    await act("people forget ben --yes", "people.forget")
    await act("connection add generic pagerduty", "connection.add")
    await act(f"connection map pagerduty github {path}", "connection.map")
    await act(f"connection map pagerduty github {path} --away", "connection.unmap")
    await act("connection remove pagerduty", "connection.remove")
    await act("deliveries dismiss 3", "delivery.dismiss")
    await act("deliveries retry 3", "delivery.retry")
    (tmp_path / "ping.json").write_text(json.dumps({"zen": "Design for failure.", "sender": {"id": 1}}))
    await act(f"replay {tmp_path / 'ping.json'}", "delivery.replay")
    await act("token create --name grafana", "token.create")
    await act("token revoke grafana", "token.revoke")
    async with here() as github:
        grow(github.world, 1, at, 1)
        await act("backfill", "history.ask", **environment(github))
    world = World()
    world.add_group(7, "acme", "Acme")
    async with fake_gitlab(world) as gitlab:
        given = {"PUBLIC_URL": "https://dm.example", "GITLAB_URL": gitlab.url, "GITLAB_TOKEN": "glpat-good"}
        changed = ("connection.add", "connection.keep_webhooks", "connection.change_secrets")
        await act("setup gitlab --group acme", *changed, **given)
    async with fake_bitbucket() as bitbucket:
        bitbucket.world.add_repository(31, "acme/api")
        given = {"PUBLIC_URL": "https://dm.example", "BITBUCKET_API_URL": bitbucket.url}
        changed = ("connection.add", "connection.change_secrets", "connection.keep_webhooks")
        await act("setup bitbucket --workspace acme", *changed, BITBUCKET_TOKEN=bitbucket.world.token, **given)

    assert tried & {*NO_ACTS} == set()
    assert tried | {*NO_ACTS} == every, "a new word: is it an act? Then try it here"


async def test_everything_that_slack_lets_people_change(
    engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    listening = {
        f"{node.func.attr}({ast.unparse(node.args[0])})"
        for module in (PROJECT / "bot/slack").glob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "bolt"
        and node.func.attr not in ("async_dispatch", "error")
    }
    assert listening == LISTENERS, "a new button, menu or form: is it an act? Then try it here"

    async with place(engine, organization_id, tmp_path) as slack:
        repository = await slack.add_repository("acme/api", await slack.add_team("platform", "Platform"))
        async with engine.begin() as connection:
            await connection.execute(sa.update(Repository).values(first_event_at=TRACKED, seen_at=TRACKED))
            at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
            filling = Filling(connection, organization_id)
            await filling.deployment(repository, at, "succeeded", provider_key="deployment:12", first_succeeded_at=at)
            row = {"repository_id": repository, "provider_key": "deployment:12", "time": at}
            await connection.execute(sa.insert(DeploymentKey).values(row))
        said = (
            ("subscribe platform mon 09:30", "digest.subscribe"),
            ("digest pause", "digest.pause"),
            ("digest resume", "digest.resume"),
            ("unsubscribe platform", "digest.unsubscribe"),
            ("alert platform change failure rate above 15 %", "alert.set"),
            ("alert platform change failure rate off", "alert.remove"),
            ("mark acme/api deployment:12 ok", "deployment.mark"),
        )
        for text, _ in said:
            await slack.type(text)
        assert {text.split()[0] for text, _ in said} | ANSWERS == {*all_commands()}
        expected = [action for _, action in said]

        message = await slack.type("mark acme/api deployment:12")
        await slack.press(message, f"{MARK_BUTTON}failed")
        await slack.people.command(slack.ana, slack.general, "subscribe")
        await slack.quiet()
        (form,) = slack.workspace.state.modals.values()
        await slack.people.submit_view(slack.ana, form["id"], filled(slack))
        for value in (PAUSE, RESUME, END):
            await choose_at_home(slack, value)
        expected += ["deployment.mark", "digest.subscribe", "digest.pause", "digest.resume", "digest.unsubscribe"]
        entries = (await newest(engine, organization_id))[::-1]
        assert [entry.action for entry in entries] == expected
        assert {entry.actor for entry in entries} == {f"slack:{slack.ana.id}"}


async def choose_at_home(slack: Place, value: str) -> None:
    await slack.people.open_home(slack.ana)
    await slack.quiet()
    home = slack.workspace.state.homes[slack.ana.id]
    (menu,) = [block["accessory"] for block in home["blocks"] if "accessory" in block]
    await slack.people.act_in_view(slack.ana, home["id"], action_of(home["blocks"], menu["action_id"], value))
    await slack.quiet()


def test_no_other_address_changes_anything(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("k" * 32))
    app = create_app(settings, engine, organization_id)
    writing = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource and (route.method not in ("GET", "HEAD") or route.resource.canonical.startswith("/github"))
    }
    told = {("POST", "/webhooks/{provider}"), ("POST", "/webhooks/{provider}/{connection}")}
    slack = {("POST", "/slack/events")}
    # They show, and lead to GitHub.
    pages = {("GET", "/github/setup"), ("HEAD", "/github/setup"), ("POST", "/github/setup")}
    pages |= {("GET", "/github/setup/installed"), ("HEAD", "/github/setup/installed")}
    pages |= {("HEAD", "/github/setup/registered")}
    assert writing == told | slack | pages | {*PAGES}, "a new address: is it an act? Then audit it"

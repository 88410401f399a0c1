"""`devmetrics check`: the configuration and every connection, each with its remedy."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import aiohttp
import typer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.operator.failure import Failed, explain
from bot.operator.session import connected
from bot.providers import verifiers
from bot.settings import Settings, load_settings
from handlers.doors import HOW_TO_TURN_ON
from storage.embedded import EmbeddedUnavailable
from storage.migrate import MigrationImpossible

OLDEST_POSTGRESQL = 150000
PATIENCE = aiohttp.ClientTimeout(total=10)

OK, OFF, PROBLEM = "ok", "off", "problem"
# Variables with a place of their own in what is to come: to set them must not look as if it did something.
NOT_USED_YET = (
    "github_app_id",
    "github_private_key",
    "slack_app_token",
    "slack_client_id",
    "slack_client_secret",
    "kafka_bootstrap_servers",
    "redis_url",
)


class Finding(NamedTuple):
    subject: str
    # ok, off or problem
    state: str
    # What is so and, unless all is well, what to do.
    text: str


def register(app: typer.Typer) -> None:
    @app.command()
    def check() -> None:
        """Check the configuration and every connection; say what to do about each problem."""
        findings = asyncio.run(find_all(load_settings()))
        for finding in findings:
            typer.echo(f"{finding.state:<8} {finding.subject}: {finding.text}")
        if any(finding.state == PROBLEM for finding in findings):
            raise Failed("Something needs your attention: see the lines that begin with `problem`.")


async def find_all(settings: Settings) -> list[Finding]:
    findings = [Finding("configuration", OK, "every variable can be read."), await check_database(settings)]
    for provider, verifier in verifiers(settings).items():
        if verifier.configured:
            findings.append(Finding(provider, OK, "signed deliveries are taken."))
        else:
            findings.append(Finding(provider, OFF, HOW_TO_TURN_ON[provider]))
    checks: list[Callable[[aiohttp.ClientSession, Settings], Awaitable[Finding]]]
    checks = [check_gitlab_token, check_slack, check_public_url]
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        findings += await asyncio.gather(*(check(session, settings) for check in checks))
    unused = [name for name in NOT_USED_YET if getattr(settings, name)]
    return [*findings, *(Finding(name.upper(), OFF, "is set, and nothing uses it yet.") for name in unused)]


async def check_database(settings: Settings) -> Finding:
    try:
        async with connected(settings, pool_size=1) as engine, engine.connect() as connection:
            return await _describe_database(connection)
    except (SQLAlchemyError, OSError, EmbeddedUnavailable, MigrationImpossible) as problem:
        return Finding("database", PROBLEM, explain(problem))


async def _describe_database(connection: AsyncConnection) -> Finding:
    number = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    version = await connection.scalar(text("SHOW server_version"))
    if number is None or number < OLDEST_POSTGRESQL:
        return Finding("database", PROBLEM, f"PostgreSQL {version} is too old: use 15 or newer.")
    failed = await connection.scalar(text("SELECT count(*) FROM webhook_deliveries WHERE state = 'failed'"))
    advice = f" {failed} deliveries failed: see `devmetrics deliveries list --state failed`." if failed else ""
    return Finding("database", OK, f"PostgreSQL {version}, with this version's tables.{advice}")


async def check_gitlab_token(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    if settings.gitlab_token is None:
        return Finding(
            "gitlab api",
            OFF,
            "GITLAB_TOKEN is not set, and nothing needs it yet: webhooks tell everything that is shown.",
        )
    try:
        url = f"{settings.gitlab_url}/api/v4/user"
        headers = {"PRIVATE-TOKEN": settings.gitlab_token.get_secret_value()}
        async with session.get(url, headers=headers) as response:
            if response.status in (401, 403):
                return Finding("gitlab api", PROBLEM, "GITLAB_TOKEN is refused: make a new one with scope read_api.")
            if not response.ok:
                return Finding("gitlab api", PROBLEM, f"{settings.gitlab_url} answers {response.status}.")
    except (aiohttp.ClientError, TimeoutError) as problem:
        return _unreachable("gitlab api", settings.gitlab_url, "GITLAB_URL", problem)
    return Finding("gitlab api", OK, f"GITLAB_TOKEN is accepted by {settings.gitlab_url}.")


async def check_slack(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    token = settings.slack_bot_token
    if not (token and settings.slack_signing_secret):
        return Finding("slack", OFF, "set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET of your Slack app.")
    url = f"{settings.slack_api_url.rstrip('/')}/auth.test"
    try:
        async with session.post(url, headers={"Authorization": f"Bearer {token.get_secret_value()}"}) as response:
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        return _unreachable("slack", settings.slack_api_url, "SLACK_API_URL", problem)
    if not answer.get("ok"):
        said = answer.get("error", "an unknown error")
        return Finding("slack", PROBLEM, f"SLACK_BOT_TOKEN is refused ({said}): copy it again from your Slack app.")
    return Finding("slack", OK, f"SLACK_BOT_TOKEN is {answer.get('user')} in {answer.get('team')}.")


async def check_public_url(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    if settings.public_url is None:
        return Finding("address", OFF, "set PUBLIC_URL to the address at which the providers reach `devmetrics serve`.")
    try:
        async with session.get(f"{settings.public_url}/healthz") as response:
            if response.status != 200:
                return Finding(
                    "address", PROBLEM, f"{settings.public_url}/healthz answers {response.status}: does it lead here?"
                )
    except (aiohttp.ClientError, TimeoutError) as problem:
        return _unreachable("address", settings.public_url, "PUBLIC_URL (is `devmetrics serve` running?)", problem)
    return Finding("address", OK, f"{settings.public_url} is reachable from here.")


def _unreachable(subject: str, url: str, variable: str, problem: Exception) -> Finding:
    return Finding(subject, PROBLEM, f"{url} cannot be reached ({type(problem).__name__}): check {variable}.")

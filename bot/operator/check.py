"""`devmetrics check`: the configuration and every connection, each with its remedy."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
import typer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.operator.address import check_public_url
from bot.operator.asking import find_asking
from bot.operator.failure import Failed, explain
from bot.operator.keeping import find_keeping
from bot.operator.recounting import find_recounting
from bot.operator.session import connected
from bot.settings import Settings, encryption, load_settings
from bot.slack.checking import check_slack
from bot.slack.wording import counted
from handlers.findings import OFF, OK, PROBLEM, Finding
from handlers.provider import Provider
from handlers.providers import PROVIDERS
from storage.connections import Connection, SecretsUnreadable, list_connections
from storage.embedded import EmbeddedUnavailable
from storage.migrate import MigrationImpossible, ensure_organization
from storage.organizations import OrganizationRemoved
from storage.timescale import find_state

OLDEST_POSTGRESQL = 150000
PATIENCE = aiohttp.ClientTimeout(total=10)

# Variables with a place of their own in what is to come: to set them must not look as if it did something.
NOT_USED_YET = (
    "slack_app_token",
    "slack_client_id",
    "slack_client_secret",
    "kafka_bootstrap_servers",
    "redis_url",
)


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
    database, connections = await check_database(settings)
    findings = [Finding("configuration", OK, "every variable can be read."), *database]
    for word, provider in PROVIDERS.items():
        findings += check_doors(provider, settings, by_connection=any(one.provider == word for one in connections))
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        checks = [check_environment(session, settings, word, connections) for word in settings.providers]
        checks += [check_connection(settings, one) for one in connections if one.provider in PROVIDERS]
        checks += [check_slack(session, settings), check_public_url(session, settings, hosts(settings, connections))]
        for found in await asyncio.gather(*checks):
            findings += found
    unused = [name for name in NOT_USED_YET if getattr(settings, name)]
    return [*findings, *(Finding(name.upper(), OFF, "is set, and nothing uses it yet.") for name in unused)]


def hosts(settings: Settings, connections: Collection[Connection]) -> set[str]:
    """Of everybody that is to deliver here, and says where it is: a tool of one's own may be anywhere."""
    delivering = {settings.hosts[word] for word, verifier in settings.verifiers.items() if verifier.configured}
    delivering |= {one.host for one in connections if one.provider in settings.providers}
    return delivering | ({urlsplit(settings.slack_api_url).netloc} if settings.slack_bot_token else set())


def check_doors(provider: Provider, settings: Settings, *, by_connection: bool) -> list[Finding]:
    """Where its deliveries are taken: at its own address, and at those of connections."""
    verifier = settings.verifiers.get(provider.word)
    if verifier is not None and verifier.configured:
        return [Finding(provider.word, OK, "signed deliveries are taken.")]
    if by_connection:
        return [Finding(provider.word, OK, "signed deliveries are taken, at the addresses of connections.")]
    return [Finding(provider.word, OFF, provider.how_to_turn_on)] if verifier is not None else []


async def check_environment(
    session: aiohttp.ClientSession, settings: Settings, word: str, connections: Collection[Connection]
) -> list[Finding]:
    findings = await PROVIDERS[word].check(session, settings.providers[word])
    # What a connection brings need not be set once more.
    connected_already = any(one.provider == word for one in connections)
    return [one for one in findings if not (connected_already and one.state == OFF)]


async def check_connection(settings: Settings, connection: Connection) -> list[Finding]:
    try:
        secrets = connection.secrets(encryption(settings))
    except SecretsUnreadable as problem:
        return [Finding(f"{connection.provider} {connection.name}", PROBLEM, str(problem))]
    of = settings.providers.get(connection.provider)
    return await PROVIDERS[connection.provider].check_connection(connection.host, of, secrets)


async def check_database(settings: Settings) -> tuple[list[Finding], list[Connection]]:
    """And what stands in it, the connections among it."""
    try:
        async with connected(settings, pool_size=1) as engine, engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
            findings = [await _describe_database(connection), *await find_asking(connection, organization_id)]
            raw_days = settings.periods.raw_days
            findings += await find_keeping(connection, organization_id, raw_days, datetime.now(UTC))
            findings += await find_recounting(connection)
            return findings, await list_connections(connection, organization_id)
    except OrganizationRemoved as problem:
        return [Finding("organization", PROBLEM, str(problem))], []
    except (SQLAlchemyError, OSError, EmbeddedUnavailable, MigrationImpossible) as problem:
        return [Finding("database", PROBLEM, explain(problem))], []


async def _describe_database(connection: AsyncConnection) -> Finding:
    number = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    version = await connection.scalar(text("SHOW server_version"))
    if number is None or number < OLDEST_POSTGRESQL:
        return Finding("database", PROBLEM, f"PostgreSQL {version} is too old: use 15 or newer.")
    failed = await connection.scalar(text("SELECT count(*) FROM webhook_deliveries WHERE state = 'failed'"))
    said = counted(failed or 0, "delivery", "deliveries")
    advice = f" {said} failed: see `devmetrics deliveries list --state failed`." if failed else ""
    kind = (await find_state(connection)).meaning
    return Finding("database", OK, f"PostgreSQL {version}, with this version's tables; {kind}{advice}")

"""What `devmetrics check` asks of GitLab: the token, and whether the webhooks still send."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from handlers.asking.api import NotNow, Refused
from handlers.connecting import GONE
from handlers.findings import OFF, OK, PROBLEM, Finding
from handlers.gitlab.client import Client, Missing
from handlers.gitlab.connecting import Connected, Token, check_token
from handlers.gitlab.hooks import Done, Owner, keep_hook
from handlers.gitlab.settings import GitLabSettings

SUBJECT = "gitlab api"
# An administrator needs some days to hear of it and to make another one.
SOON = timedelta(days=14)


async def check(_: aiohttp.ClientSession, settings: GitLabSettings) -> list[Finding]:
    """Of the environment's token."""
    if settings.token is None:
        without = (
            "GITLAB_TOKEN is not set, nor was a token given to `devmetrics setup gitlab`: only what webhooks tell is "
            "known."
        )
        return [Finding(SUBJECT, OFF, without)]
    client = Client(settings.url, settings.token.get_secret_value())
    try:
        token = await check_token(client, to_change=False)
    except (Refused, NotNow) as problem:
        return [Finding(SUBJECT, PROBLEM, f"GITLAB_TOKEN at {settings.url} (GITLAB_URL): {problem}")]
    finally:
        await client.close()
    return [_of_token(SUBJECT, token, settings.url)]


async def check_connection(secrets: Mapping[str, Any]) -> list[Finding]:
    """Of a connection that `devmetrics setup gitlab` made; webhooks are repaired on the way."""
    of = msgspec.convert(secrets, Connected)
    client = Client(of.url, of.token)
    try:
        token = await check_token(client, to_change=bool(of.groups or of.projects))
        done = [one async for one in keep_all(client, of)]
    except (Refused, NotNow) as problem:
        return [Finding(f"gitlab {of.url}", PROBLEM, str(problem))]
    finally:
        await client.close()
    findings = [_of_token(f"gitlab {of.url}", token, of.url)]
    return findings + [Finding(f"gitlab {of.url}", _state(one), f"{one.owner}: {one.what}.") for one in done]


async def keep_all(client: Client, of: Connected) -> AsyncIterator[Done]:
    """Bring the webhooks of everything that was set up back to what they should be."""
    owners = [Owner("groups", path) for path in of.groups] + [Owner("projects", path) for path in of.projects]
    for owner in owners:
        try:
            async for done in keep_hook(client, owner, of.keeping):
                yield done
        except Missing:
            # One that was deleted keeps nobody from looking after the others.
            yield Done(owner, GONE, changed=False, well=False)


def _state(done: Done) -> str:
    return OK if done.well else PROBLEM


def _of_token(subject: str, token: Token, url: str) -> Finding:
    if token.expires_at is not None and ends_soon(token.expires_at):
        text = f"the token {token.name} ends on {token.expires_at}: make another one, and give it to devmetrics."
        return Finding(subject, PROBLEM, text)
    return Finding(subject, OK, f"the token {token.name} is accepted by {url}.")


def ends_soon(end: date) -> bool:
    return end - datetime.now(UTC).date() < SOON

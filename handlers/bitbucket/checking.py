"""What `devmetrics check` asks of Bitbucket: the token, and whether the webhooks are as they should be."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec

from handlers.asking.api import NotNow, Refused
from handlers.bitbucket.client import Client
from handlers.bitbucket.connecting import Connected
from handlers.bitbucket.hooks import Done, keep_hooks, owners_in
from handlers.bitbucket.scopes import check_scopes
from handlers.bitbucket.settings import BitbucketSettings
from handlers.findings import OFF, OK, PROBLEM, Finding

SUBJECT = "bitbucket api"
WITHOUT = (
    "BITBUCKET_TOKEN is not set, nor was a token given to `devmetrics setup bitbucket`: only what webhooks tell is "
    "known."
)
# An access token is of some workspace, and which one it does not say.
WITH = "BITBUCKET_TOKEN is set; what it may do, `devmetrics setup bitbucket` checks."


async def check(_: aiohttp.ClientSession, settings: BitbucketSettings) -> list[Finding]:
    """Of the environment's token."""
    return [Finding(SUBJECT, OK, WITH) if settings.token.get_secret_value() else Finding(SUBJECT, OFF, WITHOUT)]


async def check_connection(host: str, settings: BitbucketSettings | None, secrets: Mapping[str, Any]) -> list[Finding]:
    """Of a connection that `devmetrics setup bitbucket` made; webhooks are repaired on the way."""
    of = msgspec.convert(secrets, Connected)
    owners = owners_in(of)
    if settings is None or not of.token or not owners:
        return []
    client = Client(of.credentials, settings.api_url, reserve=False)
    try:
        await check_scopes(client, owners[0].workspace, to_change=True)
        done = [one async for one in keep_all(client, of)]
    except (Refused, NotNow) as problem:
        return [Finding(f"bitbucket {host}", PROBLEM, str(problem))]
    finally:
        await client.close()
    findings = [Finding(f"bitbucket {host}", OK, "the token is accepted, and has the scopes that it needs.")]
    return findings + [
        Finding(f"bitbucket {host}", OK if one.well else PROBLEM, f"{one.owner}: {one.what}.") for one in done
    ]


def keep_all(client: Client, of: Connected) -> AsyncIterator[Done]:
    """Bring the webhooks of everything that was set up back to what they should be."""
    return keep_hooks(client, owners_in(of), of, renew=False)

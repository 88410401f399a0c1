"""What `devmetrics check` finds at PUBLIC_URL, and whether those who deliver reach it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import aiohttp

from bot.settings import Settings
from handlers.findings import OFF, OK, PROBLEM, Finding, unreachable
from handlers.reachability import doubt, is_this_machine

ENOUGH = "{url} answers. Only this machine itself can reach it, which is enough for what is connected now."


async def check_public_url(session: aiohttp.ClientSession, settings: Settings, hosts: Iterable[str]) -> list[Finding]:
    """`hosts`: of those who are to deliver here."""
    url = settings.public_url
    if url is None:
        return [Finding("address", OFF, "set PUBLIC_URL to where the providers reach `devmetrics serve`.")]
    try:
        async with session.get(f"{url}/healthz") as response:
            if response.status != 200:
                return [Finding("address", PROBLEM, f"{url}/healthz answers {response.status}: does it lead here?")]
    except (aiohttp.ClientError, TimeoutError) as problem:
        return [unreachable("address", url, "PUBLIC_URL (is `devmetrics serve` running?)", problem)]
    said = doubt(url)
    if is_this_machine(urlsplit(url).hostname or ""):
        elsewhere = not all(is_this_machine(urlsplit(f"//{host}").hostname or "") for host in hosts)
        return [Finding("address", PROBLEM, str(said)) if elsewhere else Finding("address", OK, ENOUGH.format(url=url))]
    return [Finding("address", OK, f"{url} is reachable from here.{f' {said}' if said else ''}")]

"""GitHub, as the rest of the program sees it."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from handlers.asking.api import NotNow, Refused
from handlers.findings import OFF, OK, PROBLEM, Finding
from handlers.github.api import address_of, reach
from handlers.github.client import Client
from handlers.github.credentials import Credentials, credentials_in
from handlers.github.settings import GitHubSettings
from handlers.github.signature import HOW_TO_TURN_ON, Verifier
from handlers.github.survey import list_installations
from handlers.provider import Provider
from handlers.wording import counted

WITHOUT_API = (
    "GITHUB_APP_ID and GITHUB_PRIVATE_KEY are not set, nor was an App registered with `devmetrics setup github`: only "
    "what webhooks tell is known."
)

SUSPENDED = (
    "nothing from there is delivered or can be asked. Whoever owns the account unsuspends it in its settings, "
    "*GitHub Apps*, *Configure*; what happened meanwhile is read within a day."
)


def name_event(header: str, _: bytes) -> str:
    return header


def event_of_file(name: str, _: Mapping[str, Any]) -> str:
    """The event is in a header only, for which the name of the file stands: push.payload.json is a push."""
    return name.partition(".")[0]


def recognizes(_: str, fields: Mapping[str, Any]) -> bool:
    # Every one of its payloads tells who caused it.
    return "sender" in fields


async def check(_: aiohttp.ClientSession, settings: GitHubSettings) -> list[Finding]:
    """Whether GitHub knows the environment's App."""
    if not settings.app_id or settings.private_key is None:
        return [Finding("github api", OFF, WITHOUT_API)]
    return await check_app(Credentials(settings.app_id, settings.private_key.get_secret_value()), settings.api_url)


async def check_connection(host: str, settings: GitHubSettings | None, secrets: Mapping[str, Any]) -> list[Finding]:
    """Whether GitHub knows the App that the set-up registered."""
    credentials = credentials_in(secrets)
    return [] if credentials is None else await check_app(credentials, address_of(host, settings))


async def check_app(credentials: Credentials, api_url: str) -> list[Finding]:
    client = Client(credentials, api_url, reserve=False)
    try:
        installations = await list_installations(client)
    except (NotNow, Refused) as problem:
        return [Finding("github api", PROBLEM, str(problem))]
    finally:
        await client.close()
    return [_installed(len(installations), sum(one.suspended_at is not None for one in installations))]


def _installed(number: int, suspended: int) -> Finding:
    if not number:
        return Finding("github api", PROBLEM, "the App is installed nowhere: install it on your organization.")
    known = f"the App is known, with {counted(number, 'installation')}"
    if not suspended:
        return Finding("github api", OK, f"{known}.")
    which = "which is" if number == 1 else "all" if suspended == number else f"{suspended} of them"
    return Finding("github api", PROBLEM if suspended == number else OK, f"{known}, {which} suspended: {SUSPENDED}")


PROVIDER = Provider(
    word="github",
    name="GitHub",
    public_host="github.com",
    how_to_turn_on=HOW_TO_TURN_ON,
    verifier=Verifier,
    settings=GitHubSettings,
    name_event=name_event,
    recognizes=recognizes,
    event_of_file=event_of_file,
    check=check,
    reach=reach,
    check_connection=check_connection,
)

"""`devmetrics setup bitbucket`: webhooks of workspaces and repositories made or repaired, and the connection kept."""

from collections.abc import AsyncIterator
from secrets import token_hex

import msgspec
from msgspec.structs import replace

from handlers.bitbucket.client import Client, Credentials
from handlers.bitbucket.connecting import Connected
from handlers.bitbucket.hooks import Owner, find_owners, keep_hooks
from handlers.bitbucket.scopes import check_scopes
from handlers.bitbucket.settings import BitbucketSettings
from handlers.connecting import Kept, Line, Option, SetUp, Wanted


async def carry_out(wanted: Wanted, kept: Kept) -> AsyncIterator[Line]:
    settings: BitbucketSettings = wanted.settings
    workspaces, repositories = wanted.named["workspace"], wanted.named["repository"]
    client = Client(Credentials(wanted.token, settings.email), settings.api_url, reserve=False)
    try:
        first = (*workspaces, *repositories)[0].strip("/").partition("/")[0]
        scopes = await check_scopes(client, first, to_change=True)
        yield Line(f"token: scope{'s' * (len(scopes) != 1)} {', '.join(scopes) or 'not told'}", changed=False)
        owners = await find_owners(client, workspaces, repositories)
        before = msgspec.convert(kept.before, Connected) if kept.before is not None else None
        now = replace(
            before or Connected(webhook_secret=token_hex(32)),
            token=wanted.token,
            email=settings.email,
            address=kept.address,
        )
        await kept.save(msgspec.to_builtins(now))
        async for done in keep_hooks(client, owners, now, renew=before is None):
            yield Line(f"{done.owner}: {done.what}", changed=done.changed)
        await kept.save(msgspec.to_builtins(with_owners(now, owners)))
    finally:
        await client.close()


def with_owners(known: Connected, owners: list[Owner]) -> Connected:
    workspaces = {*known.workspaces, *(owner.path for owner in owners if not owner.repository)}
    repositories = {*known.repositories, *(owner.path for owner in owners if owner.repository)}
    return replace(known, workspaces=tuple(sorted(workspaces)), repositories=tuple(sorted(repositories)))


def host_of(settings: BitbucketSettings) -> str:
    return settings.host


def token_of(settings: BitbucketSettings) -> str:
    return settings.token.get_secret_value()


SET_UP = SetUp(
    summary="""Make or repair the webhooks of workspaces and repositories, with a token (BITBUCKET_TOKEN, or asked for).

    It needs to read repositories, pull requests and pipelines, and to manage webhooks. Running it again repairs.
    """,
    options=[
        Option("workspace", "A workspace, with everything in it: acme"),
        Option("repository", "A single repository: acme/api"),
    ],
    host=host_of,
    token=token_of,
    visible=("email", "address", "workspaces", "repositories"),
    carry_out=carry_out,
)

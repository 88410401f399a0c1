"""`installation`: the GitHub App was installed, suspended, resumed, removed, or its permissions were accepted.

https://docs.github.com/webhooks/webhook-events-and-payloads#installation
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from handlers.github.installations import InstallationPart, ShortRepositoryPart, histories_of, repositories_of
from handlers.github.payloads import PROVIDER
from handlers.payloads import host_of
from handlers.registry import Origin
from handlers.times import parse_time
from handlers.verdicts import Ignored
from storage.records import Installation, Record

EVENT = "installation"
ACTIONS = ("created", "deleted", "suspend", "unsuspend", "new_permissions_accepted")


class Payload(msgspec.Struct):
    action: str
    installation: InstallationPart
    repositories: list[ShortRepositoryPart] | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"The installation's action {payload.action!r} changes nothing that is counted.")
    installation = payload.installation
    account = installation.account
    deleted = payload.action == "deleted"
    # Not every payload tells a time.
    seen_at = parse_time(installation.updated_at) or parse_time(installation.created_at) or origin.received_at
    if payload.action == "unsuspend":
        # It still tells the time of the suspension, which it comes after.
        seen_at += timedelta(microseconds=1)
    yield Installation(
        provider=PROVIDER,
        host=host_of(installation.html_url, origin.host),
        provider_id=str(installation.id),
        account=(account.login or account.slug) if account is not None else None,
        suspended=payload.action != "unsuspend" and installation.suspended_at is not None,
        seen_at=seen_at,
        deleted=deleted,
    )
    if payload.repositories:
        known = payload.repositories
        told = repositories_of(installation, [] if deleted else known, known if deleted else [], origin)
        yield told
        yield from histories_of(told)

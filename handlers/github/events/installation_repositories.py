"""`installation_repositories`: the GitHub App may see more repositories, or fewer.

https://docs.github.com/webhooks/webhook-events-and-payloads#installation_repositories
"""

from collections.abc import Iterator

import msgspec

from handlers.github.installations import InstallationPart, ShortRepositoryPart, histories_of, repositories_of
from handlers.registry import Origin
from storage.records import Record

EVENT = "installation_repositories"


class Payload(msgspec.Struct):
    installation: InstallationPart
    repositories_added: list[ShortRepositoryPart] | None = None
    repositories_removed: list[ShortRepositoryPart] | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    told = repositories_of(payload.installation, payload.repositories_added, payload.repositories_removed, origin)
    yield told
    yield from histories_of(told)

"""Connecting a provider from a terminal, as its own folder does it: `devmetrics setup <provider>` carries it out."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

# What becomes of the webhook of something that was deleted.
GONE = "it is not there (any more), or the token may not see it"


class Option(NamedTuple):
    """What may be connected: `--workspace acme`, any number of times."""

    word: str
    help: str


class Line(NamedTuple):
    """What is told to whoever connects it. `changed`: whether something was done."""

    text: str
    changed: bool


class Kept(Protocol):
    """The connection, kept encrypted."""

    @property
    def before(self) -> Mapping[str, Any] | None:
        """Its secrets; None: there is none yet."""
        ...

    @property
    def address(self) -> str:
        """Where it takes deliveries."""
        ...

    async def save(self, secrets: Mapping[str, Any]) -> bool:
        """True: something was different. Before a provider has a secret, so that the very first delivery is taken."""
        ...


class Wanted(NamedTuple):
    """`settings` of the provider; `named` by the words of its options, at least one in all."""

    settings: Any
    token: str
    named: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SetUp:
    # For --help.
    summary: str
    options: Sequence[Option]
    # The host that payloads name, and the token in the environment (empty: it is asked for).
    host: Callable[[Any], str]
    token: Callable[[Any], str]
    # Of a connection's secrets, those that are none: the audit log shows them.
    visible: Sequence[str]
    # May raise `Refused` and `NotNow`. Done twice, done once.
    carry_out: Callable[[Wanted, Kept], AsyncIterator[Line]]


def leads_to(url: str, address: str) -> bool:
    """Whether a webhook is ours, also from when this server was elsewhere: it ends with the connection's own id."""
    return url.rpartition("/webhooks/")[2] == address.rpartition("/webhooks/")[2]

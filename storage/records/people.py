"""People as a payload shows them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """An account, an e-mail address, or (when one payload proves it) both of one person.

    At least one of `user_id` and `email` is set, or the person is unknown and the handler yields None instead.
    `email` is lower-cased; redacted and noreply addresses are None: they never join two people.
    """

    provider: str
    host: str
    user_id: str | None
    username: str | None
    name: str | None
    email: str | None
    bot: bool
    # The provider's time of the event: newer names replace older ones. None: the event had no time.
    seen_at: datetime | None = None

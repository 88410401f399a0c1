"""Who wrote a commit, as far as the push proves it."""

from datetime import datetime

import msgspec

from handlers.commits import account_of_private_address
from handlers.github.payloads import PROVIDER, AccountPart
from storage.linking.people import is_bot, usable_email
from storage.records import Person


class AuthorPart(msgspec.Struct):
    name: str | None = None
    email: str | None = None
    # The account that GitHub knows the address to belong to; no id.
    username: str | None = None


def author_of(author: AuthorPart, sender: AccountPart | None, host: str, seen_at: datetime) -> Person | None:
    """An account, an address, or both when the author is the sender; None when neither is told."""
    email = usable_email(author.email)
    username = author.username
    user_id = None
    account = account_of_private_address(author.email, host)
    if account is not None:
        user_id, username = account
    elif sender is not None and username is not None and username.casefold() == sender.login.casefold():
        user_id, username = str(sender.id), sender.login
    if user_id is None and email is None:
        return None
    return Person(
        provider=PROVIDER,
        host=host,
        user_id=user_id,
        username=username,
        name=author.name,
        email=email,
        bot=is_bot(username, author.name),
        seen_at=seen_at,
    )

"""Taking a person's names out of texts without changing what is read from them. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from storage.linking import naming

SOMEONE = "someone"
# Shorter ones are words of any text.
SHORTEST = 3
# What linking reads from texts: the numbers depend on it.
SIGNS = (
    naming.REVERT_TITLE,
    naming.REAPPLY_TITLE,
    naming.QUOTED_NUMBER,
    naming.REVERTS_NUMBER,
    naming.REVERTS_SHA,
    naming.NUMBER,
    naming.PULL_REQUEST_URL,
    naming.SHA,
    naming.DEPLOYMENT,
    naming.HOTFIX_TITLE,
    naming.CLOSES,
)


def naming_pattern(terms: Iterable[str]) -> str | None:
    """A regular expression (Python's and PostgreSQL's, to be used regardless of case) of these as whole words, but not
    as a part of a path; None: no term is long enough."""
    usable = sorted(
        {term.strip() for term in terms if len(term.strip()) >= SHORTEST}, key=lambda term: (-len(term), term)
    )
    return rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, usable))})(?![\w/@-])" if usable else None


def redact(text: str, pattern: str) -> str:
    """Without these names; as it was when linking would read something else from it then."""
    redacted = re.sub(pattern, SOMEONE, text, flags=re.IGNORECASE)
    return redacted if signs(redacted) == signs(text) else text


def redact_values(value: Any, pattern: str) -> Any:
    """A JSON value, with its texts redacted."""
    if isinstance(value, str):
        return re.sub(pattern, SOMEONE, value, flags=re.IGNORECASE)
    if isinstance(value, list):
        return [redact_values(one, pattern) for one in value]
    if isinstance(value, dict):
        return {key: redact_values(one, pattern) for key, one in value.items()}
    return value


def signs(text: str) -> list[list[Any]]:
    return [sign.findall(text) for sign in SIGNS]

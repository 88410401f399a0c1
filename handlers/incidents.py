"""Which issues are incidents, and what they say is to blame."""

import re
from collections.abc import Iterable
from typing import NamedTuple

# A line of its own, as in `Caused by: 5b1f3a9`, `Root cause: 5b1f3a9` or
# `**Deployment:** https://github.com/acme/api/deployments/42`. Commits that are only mentioned are as often those that
# repaired it.
BLAMING_LINE = re.compile(
    r"^(?:[^\S\n]|[*_>#-])*(?:deployment|deploy|caused by|root cause|commit|sha)[\s*_]*:[\s*_`<]*([^\s*_`>]+)",
    re.IGNORECASE | re.MULTILINE,
)
COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
KEY = re.compile(r"[a-z_]+:[A-Za-z0-9._:/+-]{1,200}")
LONGEST_TEXT = 20_000


class IncidentLabels(NamedTuple):
    """Each makes an issue an incident. As the administrator wrote them, without one twice; their case says nothing."""

    names: tuple[str, ...] = ("incident",)

    def among(self, labels: Iterable[str]) -> bool:
        """Whether one of an issue's labels is one of them."""
        return any(label.strip().casefold() in self.folded for label in labels)

    @property
    def folded(self) -> tuple[str, ...]:
        """As they are compared."""
        return tuple(name.casefold() for name in self.names)

    def __str__(self) -> str:
        """For sentences: `incident` or `outage`."""
        return " or ".join(f"`{name}`" for name in self.names)


BY_DEFAULT = IncidentLabels()


class Named(NamedTuple):
    """A deployment (its number or key), else a commit (its first characters, lower-cased)."""

    deployment: str | None = None
    sha: str | None = None


def named_in(text: str | None) -> Named:
    """What the first line of the text that names something blames."""
    lines = BLAMING_LINE.finditer((text or "")[:LONGEST_TEXT])
    return next((named for line in lines if (named := _named(line[1])) != Named()), Named())


def _named(word: str) -> Named:
    said = word.rstrip(".,;)")
    if KEY.fullmatch(said) and "//" not in said:
        return Named(deployment=said)
    last = said.rstrip("/").rpartition("/")[2]
    if COMMIT.fullmatch(last) and not (last.isdecimal() and len(last) < 40):
        return Named(sha=last.lower())
    return Named(deployment=last) if last.isdecimal() and len(last) < 20 else Named()

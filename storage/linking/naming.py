"""What a change says of itself in words: that it reverts, is a hotfix or ends an incident, and what it names."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# GitHub: revert-12-feature; GitLab: revert-1a2b3c4d (a second one of the same commit gets a number behind it).
REVERT_BRANCH_NUMBER = re.compile(r"(?:^|/)revert-(\d+)-")
REVERT_BRANCH_SHA = re.compile(r"(?:^|/)revert-([0-9a-f]{8,40})(?:-\d+)?$")
REVERT_TITLE = re.compile(r"^\s*((?:Revert\s*[\"'`“:]\s*)+)", re.IGNORECASE)
QUOTED_TITLE = re.compile(r"^\s*(?:Revert|Reapply)\s+\"(.+)\"[^\"]*$", re.IGNORECASE)
QUOTED_NUMBER = re.compile(r"\([#!](\d+)\)\s*$")
REAPPLY_TITLE = re.compile(r"^\s*(?:Reapply|Re-land|Reland)\b", re.IGNORECASE)
# "Reverts #12", "Reverts acme/api#12", "This reverts merge request !12", "Reverts https://host/acme/api/pull/12"
REVERTS_NUMBER = re.compile(
    r"\breverts\s+(?:(?:pull|merge)\s+request\s+|[PM]R\s+)?"
    r"(?:(?P<path>[\w.-]+(?:/[\w.-]+)*)?[#!](?P<number>\d+)|(?P<url>https?://\S+?/(?:pull|merge_requests)/\d+))",
    re.IGNORECASE,
)
REVERTS_SHA = re.compile(r"\breverts\s+(?:commit\s+)?([0-9a-f]{7,64})\b", re.IGNORECASE)
# Bounds beyond every path, without which a long text of slashes would take seconds.
NUMBER = re.compile(r"(?<![\w&])(?P<path>[\w.-]{1,255}+(?:/[\w.-]{1,255}+){1,25}+)?[#!](\d+)\b")
PULL_REQUEST_URL = re.compile(
    r"https?://[^\s/]{1,255}/(?P<path>\S{1,500}?)/(?:-/)?(?:pull|merge_requests)/(?P<number>\d+)"
)
SHA = re.compile(r"\b(?=[0-9a-f]*\d)([0-9a-f]{7,64})\b")
DEPLOYMENT = re.compile(r"\bdeployment\s+#?(\d+)\b", re.IGNORECASE)
HOTFIX = re.compile(r"(?:^|[\W_])hot-?fix(?:$|[\W_])", re.IGNORECASE)
HOTFIX_TITLE = re.compile(r"^\W*hot-?fix(?:$|[\W_])", re.IGNORECASE)
INCIDENT_LABEL = re.compile(r"(?:^|[\W_])incident(?:$|[\W_])", re.IGNORECASE)
REVERT_LABEL = re.compile(r"(?:^|[\W_])reverts?(?:$|[\W_])", re.IGNORECASE)
# https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
CLOSES = re.compile(
    r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing))\b:?\s+"
    r"(?:issue\s+)?(?:#(\d+)|https?://\S+?/(?:issues|work_items)/(?:incident/)?(\d+))",
    re.IGNORECASE,
)

# Without one of these words nothing below finds anything: most changes have none, and are looked at once.
TELLING = re.compile(r"revert|reapply|re-?land|hot-?fix|clos|fix|resolv|incident", re.IGNORECASE)

REVERT = "revert"
RELAND = "reland"
HOTFIX_KIND = "hotfix"
INCIDENT_FIX = "incident_fix"


class Words(NamedTuple):
    """`kind` as the words alone tell it: None, revert, reland, hotfix or incident_fix."""

    kind: str | None
    numbers: frozenset[int] = frozenset()
    shas: frozenset[str] = frozenset()
    deployments: frozenset[str] = frozenset()
    # What is quoted: Revert "this".
    quoted: str | None = None


NOTHING = Words(None)


def read_words(
    *,
    title: str,
    body: str,
    head_ref: str,
    labels: Sequence[str],
    path: str,
    own_number: int,
    incident_issues: set[str],
) -> Words:
    """What a pull request says. `path`: the repository's, so that another repository's #12 is not ours."""
    text = f"{title}\n{body}"
    if not TELLING.search(f"{text}\n{head_ref}") and not any(TELLING.search(label) for label in labels):
        return NOTHING
    revert = _revert(title, text, head_ref, labels, path)
    if revert is not None:
        return revert
    if HOTFIX_TITLE.search(title) or HOTFIX.search(head_ref) or any(HOTFIX.search(label) for label in labels):
        numbers = {int(found[1]) for found in NUMBER.findall(text) if _here(found[0], path)}
        numbers |= {int(found[1]) for found in PULL_REQUEST_URL.findall(text) if _here(found[0], path)}
        return Words(
            HOTFIX_KIND,
            frozenset(numbers - {own_number}),
            frozenset(SHA.findall(text.lower())),
            frozenset(DEPLOYMENT.findall(text)),
        )
    closed = {one or other for one, other in CLOSES.findall(text)}
    if closed & incident_issues or any(INCIDENT_LABEL.search(label) for label in labels):
        return Words(INCIDENT_FIX)
    return NOTHING


def read_commit_words(message: str) -> Words:
    """What a commit outside any pull request says: only git's own revert text counts."""
    title, _, _ = message.partition("\n")
    shas = frozenset(found.lower() for found in REVERTS_SHA.findall(message))
    if not shas and not REVERT_TITLE.match(title):
        return NOTHING
    return _quoting(title, set(), set(shas))


def _revert(title: str, text: str, head_ref: str, labels: Sequence[str], path: str) -> Words | None:
    numbers = {int(found) for found in REVERT_BRANCH_NUMBER.findall(head_ref)}
    shas = {found.lower() for found in REVERTS_SHA.findall(text)}
    if not numbers:
        shas.update(REVERT_BRANCH_SHA.findall(head_ref))
    for found in REVERTS_NUMBER.finditer(text):
        if found["number"] is not None:
            if _here(found["path"] or "", path):
                numbers.add(int(found["number"]))
        else:
            url = PULL_REQUEST_URL.match(found["url"])
            if url is not None and _here(url["path"], path):
                numbers.add(int(url["number"]))
    labelled = any(REVERT_LABEL.search(label) for label in labels)
    if not (numbers or shas or labelled or REVERT_TITLE.match(title) or REAPPLY_TITLE.match(title)):
        return None
    if labelled and not (numbers or shas):
        numbers = {int(found[1]) for found in NUMBER.findall(text) if _here(found[0], path)}
    return _quoting(title, numbers, shas)


def _quoting(title: str, numbers: set[int], shas: set[str]) -> Words:
    """What a revert names in its title, when it names nothing else: `Revert "Add the cart (#12)"`."""
    quoted = QUOTED_TITLE.match(title)
    inner = quoted[1] if quoted is not None else None
    if inner is not None and not numbers and not shas:
        numbers = {int(found) for found in QUOTED_NUMBER.findall(inner)}
    return Words(_by_title(title), frozenset(numbers), frozenset(shas), quoted=inner)


def _by_title(title: str) -> str:
    """A revert of a revert is a re-land: `Revert "Revert "x""`, in git's newer words `Reapply "x"`."""
    if REAPPLY_TITLE.match(title):
        return RELAND
    found = REVERT_TITLE.match(title)
    depth = len(re.findall("revert", found[1], re.IGNORECASE)) if found else 1
    return REVERT if depth % 2 else RELAND


def _here(named: str, path: str) -> bool:
    """Whether "owner/name" before a number is this repository (nothing named: it is)."""
    return not named or not path or named.lower() == path.lower() or path.lower().endswith(f"/{named.lower()}")

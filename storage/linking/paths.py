"""Which files a commit changed, kept small, and whether they are among those that a service names."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

# Of more files their folders are kept, and of more folders than that nothing: then a change counts for every service.
MOST_PATHS = 100
LONGEST_PATH = 500
WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?")
AS_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def bounded(files: Iterable[str]) -> tuple[str, ...] | None:
    """What is stored of the files of one commit, sorted; None for too many, or for none (a provider leaves long lists
    out, so none does not mean that there are none)."""
    paths = {path for path in files if path}
    if len(paths) > MOST_PATHS or any(len(path) > LONGEST_PATH for path in paths):
        paths = {path.rpartition("/")[0] + "/" for path in paths}
    if not paths or len(paths) > MOST_PATHS or any(len(path) > LONGEST_PATH for path in paths):
        return None
    return tuple(sorted(paths))


def belong(paths: Iterable[str], patterns: Sequence[str]) -> bool:
    """Whether one of these files, or something in one of these folders, is named by a pattern."""
    return any(_belongs(path, pattern) for path in paths for pattern in patterns)


@lru_cache(maxsize=100_000)
def _belongs(path: str, pattern: str) -> bool:
    if path == "/" or path.endswith("/"):
        # A folder of many files: something in it may be meant, so it counts.
        folder, beginning = path.removeprefix("/"), WILDCARD.split(pattern.lstrip("/"), 1)[0]
        return folder.startswith(beginning) or beginning.startswith(folder)
    return _compile(pattern).fullmatch(path) is not None


@lru_cache(maxsize=10_000)
def _compile(pattern: str) -> re.Pattern[str]:
    """As in CODEOWNERS and workflow files: `*` within a folder, `**` through folders; a folder means all in it."""
    pattern = pattern.removeprefix("./").lstrip("/")
    if pattern.endswith("/"):
        pattern += "**"
    parts: list[str] = []
    end = 0
    for found in WILDCARD.finditer(pattern):
        parts += (re.escape(pattern[end : found.start()]), AS_REGEX[found[0]])
        end = found.end()
    parts.append(re.escape(pattern[end:]))
    # A name without a wildcard is a file or a folder.
    return re.compile("".join(parts) + ("" if end == len(pattern) and end else "(?:/.*)?"))

"""How much a commit or a pull request changes. https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from handlers.bitbucket.client import Client
from storage.linking.paths import bounded

QUERY = (
    ("pagelen", "500"),
    ("fields", "next,values.lines_added,values.lines_removed,values.old.path,values.new.path"),
)


class FilePart(msgspec.Struct):
    path: str | None = None


class DiffPart(msgspec.Struct):
    lines_added: int | None = None
    lines_removed: int | None = None
    # None: it was added (old), or removed (new).
    old: FilePart | None = None
    new: FilePart | None = None

    @property
    def paths(self) -> Iterator[str]:
        yield from (file.path for file in (self.old, self.new) if file is not None and file.path)


class Size(NamedTuple):
    lines_added: int
    lines_deleted: int
    files_changed: int
    # As `storage.linking.paths.bounded` makes them.
    paths: tuple[str, ...] | None


async def size_of(client: Client, path: str) -> Size:
    """`path` of a diffstat: one line for each file."""
    files = msgspec.convert(await client.every(path, QUERY), list[DiffPart])
    return Size(
        lines_added=sum(one.lines_added or 0 for one in files),
        lines_deleted=sum(one.lines_removed or 0 for one in files),
        files_changed=len(files),
        paths=bounded(path for one in files for path in one.paths),
    )

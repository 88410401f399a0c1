"""The files of one commit. https://docs.github.com/rest/commits/commits#get-a-commit"""

import msgspec

from handlers.asking.api import Answer, Question
from handlers.github.client import Missing
from handlers.github.history.asking import Asking
from storage.linking.paths import bounded
from storage.records import CommitFiles

NO_COMMIT = "GitHub has no such commit any more: it was removed by a forced push."
# GitHub tells no more of one commit, on ten pages.
MOST_FILES = 3000


class FilePart(msgspec.Struct):
    filename: str
    status: str | None = None
    previous_filename: str | None = None


class CommitPart(msgspec.Struct):
    files: list[FilePart] = []


async def read_files(asking: Asking, question: Question) -> Answer:
    """As its push would have told them: both names of one that was renamed."""
    files: list[FilePart] = []
    following: str | None = None
    while True:
        try:
            found, following = await asking.page(following, "/commits/{sha}", sha=question.subject)
        except Missing:
            return Answer(question, refused=NO_COMMIT)
        files += msgspec.convert(found, CommitPart).files
        renamed = (one.previous_filename or "" for one in files if one.status == "renamed")
        paths = bounded((*(one.filename for one in files), *renamed)) if len(files) < MOST_FILES else None
        # More of them make no difference any more.
        if following is None or paths is None:
            return Answer(question, [CommitFiles(asking.repository.key, question.subject, paths)] if paths else [])

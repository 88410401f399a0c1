"""Comments on lines, of all pull requests together: a hundred in one call.

https://docs.github.com/rest/pulls/comments#list-review-comments-in-a-repository
"""

from collections.abc import Iterator
from functools import partial

import msgspec

from handlers.github.history.asking import Asking, Page
from handlers.github.payloads import AccountPart, person_of
from handlers.payloads import Id
from handlers.times import Time, parse_time, required_time
from storage.records import Review


class CommentPart(msgspec.Struct):
    id: Id
    pull_request_url: str
    created_at: Time
    updated_at: Time = None
    user: AccountPart | None = None


async def read(asking: Asking, following: str | None) -> Page:
    url = "/pulls/comments?sort=updated&direction=asc&per_page=100&since={since}"
    found, more = await asking.page(following, url, since=asking.since_stamp)
    comments = asking.known.left_out.each(found, CommentPart)
    return Page(asking.known.left_out.records(comments, partial(_tell, asking)), more)


def _tell(asking: Asking, comment: CommentPart) -> Iterator[Review]:
    number = comment.pull_request_url.rpartition("/")[2]
    if not number.isdigit():
        return
    created_at = required_time(comment.created_at, "created_at")
    seen_at = max(created_at, parse_time(comment.updated_at) or created_at)
    key = asking.repository.key
    yield Review(
        repository=key,
        number=int(number),
        provider_key=f"comment:{comment.id}",
        kind="comment",
        reviewer=person_of(comment.user, key.host, seen_at),
        state="commented",
        submitted_at=created_at,
        seen_at=seen_at,
    )

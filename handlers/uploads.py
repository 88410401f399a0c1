"""Reading the bodies of requests, within a memory that all of them share.

Who sends is not known before the body is there, so a stranger with a made-up signature could fill that memory and then
wait: when it is short, those give way who take long and hold most. A provider sends a whole delivery at once.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from handlers.rejection import Rejected

# GitHub's and GitLab's own limit.
# https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
MOST_BODY_BYTES = 25 * 2**20
# What bodies may take in memory together, until they are stored.
MOST_BYTES_IN_FLIGHT = 256 * 2**20
# What a delivery takes besides its body.
OVERHEAD_BYTES = 2048
# The providers give up after ten seconds.
PATIENCE_SECONDS = 30.0
# Without a single byte.
SILENCE_SECONDS = 5.0
# Who has been sending for longer gives way to others.
SLOW_SECONDS = 2.0


@dataclass(eq=False, slots=True)
class Upload:
    """One body, from its first byte until it is stored."""

    started: float
    size: int = 0
    # While it is read: ends the reading.
    reading: asyncio.Timeout | None = None
    gave_way: bool = False


class Uploads:
    """All bodies in flight."""

    def __init__(self, most_bytes: int = MOST_BYTES_IN_FLIGHT) -> None:
        self._left = most_bytes
        self._uploads: set[Upload] = set()

    @contextmanager
    def begin(self) -> Iterator[Upload]:
        """What the body of a request takes is given back at the end of the block."""
        upload = Upload(asyncio.get_running_loop().time())
        self._uploads.add(upload)
        try:
            self._reserve(upload, OVERHEAD_BYTES)
            yield upload
        finally:
            self._uploads.discard(upload)
            self._left += upload.size

    async def read(self, request: web.Request, upload: Upload) -> bytes:
        """The body as sent, at most 25 MiB of it, also when its length was not announced. Raises Rejected."""
        if (request.content_length or 0) > MOST_BODY_BYTES:
            raise _too_large()
        chunks: list[bytes] = []
        size = 0
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(loop.time() + SILENCE_SECONDS) as upload.reading:
                while chunk := await request.content.readany():
                    size += len(chunk)
                    if size > MOST_BODY_BYTES:
                        raise _too_large()
                    self._reserve(upload, len(chunk))
                    chunks.append(chunk)
                    silent_until = loop.time() + SILENCE_SECONDS
                    upload.reading.reschedule(min(silent_until, upload.started + PATIENCE_SECONDS))
        except TimeoutError:
            if upload.gave_way:
                raise _full() from None
            raise Rejected(HTTPStatus.REQUEST_TIMEOUT, "timeout", "The body did not arrive in time.") from None
        except (ClientPayloadError, web.RequestPayloadError, HttpProcessingError, ConnectionError):
            raise Rejected(HTTPStatus.BAD_REQUEST, "broken_body", "The body did not arrive whole.") from None
        finally:
            upload.reading = None
        return b"".join(chunks)

    def _reserve(self, upload: Upload, size: int) -> None:
        """Take memory, from others if need be."""
        while size > self._left or upload.gave_way:
            slowest = None if upload.gave_way else self._slowest(upload)
            if slowest is None or slowest.reading is None:
                raise _full()
            self._left += slowest.size
            slowest.size = 0
            slowest.gave_way = True
            slowest.reading.reschedule(asyncio.get_running_loop().time())
        upload.size += size
        self._left -= size

    def _slowest(self, other: Upload) -> Upload | None:
        """Of those whose bodies are not there after a while, the one that holds most."""
        before = asyncio.get_running_loop().time() - SLOW_SECONDS
        slow = [
            upload
            for upload in self._uploads
            if upload is not other and upload.reading and not upload.gave_way and upload.started < before
        ]
        return max(slow, key=lambda upload: upload.size, default=None)


def _full() -> Rejected:
    return Rejected(HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", "Too many deliveries at once. Send it again later.")


def _too_large() -> Rejected:
    return Rejected(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "A delivery has at most 25 MiB.")

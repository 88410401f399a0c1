"""Bitbucket Cloud's REST API with one token. https://developer.atlassian.com/cloud/bitbucket/rest/intro/

There is no way to ask for what changed only: whether an ETag saves a call, Bitbucket does not say.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from handlers.asking.api import NotNow, Refused
from handlers.bitbucket.gate import FAILURE_SECONDS, PAUSE_SECONDS, Gate

PUBLIC_API = "https://api.bitbucket.org/2.0"
PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)

REFUSED = (
    "Bitbucket refuses the token: it is wrong, expired or revoked. Make a new one, and give it to devmetrics by "
    "`devmetrics setup bitbucket` or as BITBUCKET_TOKEN (of a person's API token, BITBUCKET_EMAIL too)."
)
MISSING = "Bitbucket has no such thing, or the token may not see it."

# In order, since names may repeat (state=OPEN&state=MERGED).
Query = Sequence[tuple[str, str]]


class Missing(Refused):
    """It is not there, or the token may not see it."""


class Forbidden(Refused):
    """The token lacks a scope, or its owner a permission."""


class Credentials(NamedTuple):
    """An access token of a repository, project or workspace; with `email`, the API token of that person's account.

    https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
    """

    token: str
    email: str = ""

    @property
    def header(self) -> str:
        return aiohttp.encode_basic_auth(self.email, self.token) if self.email else f"Bearer {self.token}"


class Page(NamedTuple):
    items: list[Any]
    # The query that asks for the next page; None: this was the last.
    following: str | None


class PagePart(msgspec.Struct):
    values: list[Any]
    next: str | None = None


class LackPart(msgspec.Struct):
    required: list[str] = []


class ErrorPart(msgspec.Struct):
    detail: LackPart | str | None = None


class ErrorsPart(msgspec.Struct):
    error: ErrorPart


class Client:
    """Raises `NotNow` and `Refused`, and nothing of aiohttp's own."""

    def __init__(
        self,
        credentials: Credentials,
        api_url: str = PUBLIC_API,
        *,
        patience: aiohttp.ClientTimeout = PATIENCE,
        pause_seconds: float = PAUSE_SECONDS,
        reserve: bool = True,
    ) -> None:
        """`reserve` False: a person waits for the answer, and may have the last calls of the hour."""
        self.api_url = api_url
        self._credentials = credentials
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._gate = Gate(self._connect, pause_seconds=pause_seconds, reserve=reserve)

    async def get(self, path: str, query: Query | str = ()) -> Any:
        return (await self._call("GET", path, query))[0]

    async def headers(self, path: str, query: Query = ()) -> CIMultiDictProxy[str]:
        """Of an answer; also of one that refuses a scope, but for a token that is no good."""
        answer = await self._gate.send("GET", self._url(path, query))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise Refused(REFUSED)
        return answer.headers

    async def page(self, path: str, query: Query | str) -> Page:
        """`query`: of the first page, or what the page before said."""
        part = msgspec.convert(await self.get(path, query), PagePart)
        # Its query alone: the token goes nowhere but to the address that was set.
        return Page(part.values, URL(part.next).raw_query_string if part.next else None)

    async def every(self, path: str, query: Query = ()) -> list[Any]:
        """All pages of a list."""
        items: list[Any] = []
        following: Query | str | None = query
        while following is not None:
            page = await self.page(path, following)
            items += page.items
            following = page.following
        return items

    async def send(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """POST, PUT or DELETE."""
        return (await self._call(method, path, (), content))[0]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            headers = {"Authorization": self._credentials.header, "Accept": "application/json"}
            self._session = aiohttp.ClientSession(timeout=self._patience, headers=headers)
        return self._session

    def _url(self, path: str, query: Query | str) -> URL:
        encoded = query if isinstance(query, str) else urlencode(query)
        return URL(f"{self.api_url}{path}{'?' if encoded else ''}{encoded}", encoded=True)

    async def _call(
        self, method: str, path: str, query: Query | str, content: Mapping[str, Any] | None = None
    ) -> tuple[Any, CIMultiDictProxy[str]]:
        answer = await self._gate.send(method, self._url(path, query), content)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _explained(answer.status, answer.body)
        try:
            return (msgspec.json.decode(answer.body) if answer.body else None), answer.headers
        except msgspec.DecodeError:
            raise NotNow.after("Bitbucket gives an answer that cannot be read.", FAILURE_SECONDS) from None


def path_of(*parts: str) -> str:
    """/repositories/acme/%7B610e...%7D/hooks of ("repositories", "acme", "{610e...}", "hooks")."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _explained(status: int, body: bytes) -> Exception:
    """What it means for the administrator. Never Bitbucket's own words of what was asked for."""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Refused(REFUSED)
        case HTTPStatus.FORBIDDEN:
            lacking = _lacking(body)
            what = f"its scopes lack {', '.join(lacking)}" if lacking else "it lacks a scope or a permission"
            return Forbidden(f"Bitbucket does not let the token do this: {what}. Make another token, and set up again.")
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return Missing(MISSING)
        case _:
            return Refused(f"Bitbucket answers {status} to a request of devmetrics.")


def _lacking(body: bytes) -> list[str]:
    """{"type": "error", "error": {"message": ..., "detail": {"granted": [...], "required": ["pullrequest"]}}}"""
    try:
        detail = msgspec.json.decode(body, type=ErrorsPart).error.detail
    except msgspec.MsgspecError:
        return []
    return detail.required if isinstance(detail, LackPart) else []

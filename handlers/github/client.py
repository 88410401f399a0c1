"""Asks GitHub as an App and as its installations: tokens are made, kept and renewed here; nobody else sees one."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import gidgethub
import gidgethub.abc
import jwt
import msgspec
from gidgethub import sansio

from handlers.asking.api import NotNow, Refused
from handlers.github.credentials import Credentials
from handlers.github.gate import GRAPHQL, Gate, Overloaded

REQUESTER = "devmetrics"
PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)
# Before it ends: a call may take a while. GitHub's tokens are good for an hour.
RENEW_SECONDS = 300.0
# Answers to ask for again with their ETag: those of the regular jobs, whose pages are the same every hour.
MOST_REMEMBERED = 32
BAD_KEY = "GitHub does not accept the key of the App {app_id}: {remedy}"
SUSPENDED = "The installation is suspended on GitHub: unsuspend it there to go on."
NO_ACCESS = "GitHub lets the App see this no more: check its repositories and permissions there."
FORBIDDEN = (
    "GitHub does not let the App read this: it lacks a permission, or its owner has not accepted one that was added. "
    "Look at the App's permissions there."
)
# What gidgethub raises for an answer, and PyJWT for a key that is none.
ANSWERED = (gidgethub.GitHubException, jwt.PyJWTError, ValueError, TypeError)

T = TypeVar("T")


class Missing(Refused):
    """There is no such thing, or the App may not see it."""


class Forbidden(Missing):
    """The App may not see it: the permission was not given."""


class Token(msgspec.Struct):
    token: str
    expires_at: datetime


class Remembered(OrderedDict[str, Any]):
    """The newest answers only."""

    def __setitem__(self, url: str, answer: Any) -> None:
        super().__setitem__(url, answer)
        self.move_to_end(url)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class Wire(gidgethub.abc.GitHubAPI):
    """gidgethub, with every request through the gate. Its GraphQL calls no hook, so the gate is below both."""

    def __init__(self, gate: Gate, base_url: str, credentials: Credentials | None = None) -> None:
        app_id, private_key, _ = credentials or (None, None, None)
        super().__init__(REQUESTER, app_id=app_id, private_key=private_key, base_url=base_url, cache=Remembered())
        self.gate = gate

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        return await self.gate.send(method, url, headers, body)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def page(self, url: str, variables: Mapping[str, str]) -> tuple[Any, str | None]:
        """One page, and the address of the next."""
        data, more, _ = await self._make_request("GET", url, variables, b"", sansio.accept_format())
        return data, more


class Client:
    """The App on one GitHub; `installation` gives who asks about repositories."""

    def __init__(
        self,
        credentials: Credentials,
        api_url: str,
        *,
        patience: aiohttp.ClientTimeout = PATIENCE,
        pause_seconds: float = 0.5,
        reserve: bool = True,
    ) -> None:
        """`reserve` False: a person waits for the answer, and may have the last calls of the hour."""
        self.api_url = api_url
        self._bad_key = BAD_KEY.format(app_id=credentials.app_id, remedy=credentials.remedy)
        self._patience = patience
        self._pause_seconds = pause_seconds
        self._reserve = reserve
        self._session: aiohttp.ClientSession | None = None
        self._wire = Wire(self._gate(), api_url, credentials)
        self._installations: dict[str, Installed] = {}

    def _gate(self) -> Gate:
        return Gate(self._connect, pause_seconds=self._pause_seconds, reserve=self._reserve)

    def _connect(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._patience)
        return self._session

    def installation(self, id_: str) -> "Installed":
        if id_ not in self._installations:
            self._installations[id_] = Installed(self, id_, Wire(self._gate(), self.api_url))
        return self._installations[id_]

    async def page(self, url: str, **variables: str) -> tuple[Any, str | None]:
        """A page of something about the App itself, and the address of the next."""
        try:
            return await self._wire.page(url, variables)
        except ANSWERED as problem:
            raise self.explained(problem) from None

    async def post(self, url: str, **variables: str) -> Any:
        try:
            return await self._wire.post(url, variables, data=b"")
        except ANSWERED as problem:
            raise self.explained(problem) from None

    def explained(self, problem: Exception) -> Exception:
        """What it means for the administrator. Never GitHub's own words of what was asked for."""
        if isinstance(problem, NotNow | Refused):
            return problem
        if isinstance(problem, jwt.PyJWTError | ValueError | TypeError):
            return Refused(self._bad_key)
        status = getattr(problem, "status_code", None)
        if status == HTTPStatus.UNAUTHORIZED:
            return Refused(self._bad_key)
        if status == HTTPStatus.FORBIDDEN and "suspended" in str(problem).lower():
            return Refused(SUSPENDED)
        if status == HTTPStatus.FORBIDDEN:
            return Forbidden(FORBIDDEN)
        # 409: an empty repository; 410: issues are turned off; 451: taken down.
        if status in (404, 409, 410, 422, 451):
            return Missing(NO_ACCESS)
        if isinstance(problem, gidgethub.GitHubException):
            return NotNow.after(f"GitHub gives an answer that cannot be read ({status or 'no status'}).", 60)
        return problem

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Installed:
    """The App on one account: every call with its token, at most one renewal at a time."""

    def __init__(self, client: Client, id_: str, wire: Wire) -> None:
        self._client = client
        self._id = id_
        self._wire = wire
        self._renewing = asyncio.Lock()
        self._good_until = 0.0

    async def page(self, url: str, **variables: str) -> tuple[Any, str | None]:
        """A page of a list, and the address of the next."""
        return await self._with_token(lambda: self._wire.page(url, variables))

    async def get(self, url: str, **variables: str) -> Any:
        return (await self.page(url, **variables))[0]

    async def graphql(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """What is there; what is not is null."""
        endpoint = graphql_address(self._client.api_url)

        async def ask() -> Mapping[str, Any]:
            try:
                found: Mapping[str, Any] = await self._wire.graphql(query, endpoint=endpoint, **variables)
            except gidgethub.QueryError as problem:
                return self._partly(problem.response)
            return found

        return await self._with_token(ask)

    async def _with_token(self, call: Callable[[], Awaitable[T]]) -> T:
        for last in (False, True):
            await self._renew()
            try:
                return await call()
            except (gidgethub.HTTPException, gidgethub.GraphQLException) as problem:
                if getattr(problem, "status_code", None) == HTTPStatus.UNAUTHORIZED and not last:
                    # Revoked before its time: a new one.
                    self._good_until = 0.0
                    continue
                raise self._client.explained(problem) from None
        raise AssertionError

    def _partly(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        kinds = {error.get("type") for error in response["errors"]}
        if "RATE_LIMITED" in kinds:
            raise self._wire.gate.exhausted(GRAPHQL)
        if kinds <= {"NOT_FOUND"} and response.get("data"):
            found: Mapping[str, Any] = response["data"]
            return found
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"}:
            raise Missing(NO_ACCESS)
        # "Something went wrong while executing your query": it took more than GitHub gives a query.
        raise Overloaded.after("GitHub could not carry out a query.", 60)

    async def _renew(self) -> None:
        if time.time() < self._good_until:
            return
        async with self._renewing:
            if time.time() < self._good_until:
                return
            made = await self._client.post("/app/installations/{id}/access_tokens", id=self._id)
            token = msgspec.convert(made, Token)
            self._wire.oauth_token = token.token
            self._good_until = token.expires_at.timestamp() - RENEW_SECONDS


def graphql_address(api_url: str) -> str:
    """An Enterprise Server's REST is at /api/v3, its GraphQL at /api/graphql."""
    return f"{api_url.removesuffix('/v3')}/graphql"

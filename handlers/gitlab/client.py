"""GitLab's REST API through python-gitlab, which is synchronous: each call in a thread of its own small pool.

Not `asyncio.to_thread`: its few threads also check large deliveries, and a slow GitLab would occupy them all.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import gitlab
import requests
from gitlab.exceptions import GitlabError

from handlers.asking.api import NotNow, Refused
from handlers.failures import unreachable

# Calls at a time to one GitLab; others wait.
AT_ONCE = 4
# GitLab gives up on a request of its own after a minute.
PATIENCE_SECONDS = 30.0
# How long to leave it alone after a limit or a failure that does not say how long.
LIMIT_SECONDS = 60.0
FAILURE_SECONDS = 30.0
PAGE = 100

REFUSED = (
    "GitLab refuses the token: it is wrong, expired or revoked. Make a new one with the scope read_api, or api to "
    "manage webhooks, and give it to devmetrics as GITLAB_TOKEN or by `devmetrics setup gitlab`."
)
REDIRECTED = (
    "{url} sends requests on to {target}, which is not given the token: is GITLAB_URL (or the connection's address) "
    "GitLab's own, and are the token's calls let through by whatever is before it?"
)
FORBIDDEN = "GitLab does not let the token do this: it needs the scope read_api and at least the role Reporter."


class Missing(Refused):
    """It is not there, or the token may not see it."""


class Forbidden(Refused):
    """The token may see it and not do this."""


class Page(NamedTuple):
    items: list[Any]
    # What asks for the next page; None: this was the last.
    following: dict[str, str] | None


class Client:
    """One GitLab with one token. Raises `NotNow` and `Refused`, and nothing of requests' or python-gitlab's own."""

    def __init__(self, url: str, token: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.url = url
        self._token = token
        self._patience = patience
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="gitlab")
        # Until then GitLab wants to be left alone.
        self._limited_until = float("-inf")

    async def get(self, path: str, **query: Any) -> Any:
        return self._read(await self._call("get", path, query))

    async def page(self, path: str, query: Mapping[str, Any]) -> Page:
        """`query`: of the first page, or what the page before said. Keyset or offset, as GitLab offers."""
        response = await self._call("get", path, {"per_page": PAGE, **query})
        following = response.links.get("next", {}).get("url")
        # Its query alone: behind a proxy GitLab may give an address that only it knows.
        return Page(self._read(response), dict(parse_qsl(urlsplit(following).query)) if following else None)

    async def every(self, path: str, **query: Any) -> list[Any]:
        """All pages of a list."""
        items: list[Any] = []
        following: dict[str, Any] | None = query
        while following is not None:
            page = await self.page(path, following)
            items += page.items
            following = page.following
        return items

    async def send(self, method: str, path: str, **content: Any) -> Any:
        """post, put or delete."""
        response = await self._call(method, path, {}, content)
        return self._read(response) if response.content else None

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Any:
        """Of `data`, what is there. What this version does not have is not: its fields are named by a `code`."""
        response = await self._call("post", f"{self.url}/api/graphql", {}, {"query": query, "variables": variables})
        answer = self._read(response)
        if any("code" not in (error.get("extensions") or {}) for error in answer.get("errors") or ()):
            # "Request timed out": nothing that it left out may be taken for something that is not there.
            raise NotNow.after(f"{self.url} could not carry out a query.", FAILURE_SECONDS)
        return answer.get("data") or {}

    async def close(self) -> None:
        """Calls in hand end by themselves; nobody waits for them."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, response: requests.Response) -> Any:
        try:
            return response.json()
        except requests.JSONDecodeError:
            # A page of a proxy, or of maintenance: requests counts it among errors of the network.
            raise NotNow.after(f"{self.url} answers something that is no JSON.", FAILURE_SECONDS) from None

    async def _call(
        self, method: str, path: str, query: Mapping[str, Any], content: Mapping[str, Any] | None = None
    ) -> requests.Response:
        loop = asyncio.get_running_loop()
        if (left := self._limited_until - loop.time()) > 0:
            raise _limit_reached(left)
        try:
            return await loop.run_in_executor(self._threads, self._request, method, path, query, content)
        except Limited as limited:
            self._limited_until = loop.time() + limited.seconds
            raise _limit_reached(limited.seconds) from None

    def _request(
        self, method: str, path: str, query: Mapping[str, Any], content: Mapping[str, Any] | None
    ) -> requests.Response:
        """In a thread, with a Gitlab and a session of its own: requests does not say that sessions may be shared."""
        answers: list[requests.Response] = []
        with gitlab.Gitlab(self.url, private_token=self._token, timeout=self._patience, per_page=None) as api:

            def see(response: requests.Response, **_: Any) -> None:
                # python-gitlab's errors do not tell headers.
                answers.append(response)
                # Of all headers, requests takes only Authorization away before it asks another address.
                target = urljoin(response.url, response.headers.get("Location", ""))
                if response.is_redirect and api.session.should_strip_auth(response.url, target):
                    response.close()
                    raise Refused(REDIRECTED.format(url=self.url, target=urlsplit(target).hostname))

            api.session.hooks["response"].append(see)
            try:
                return api.http_request(
                    method,
                    path,
                    query_data=dict(query),
                    post_data=dict(content) if content is not None else None,
                    # It would sleep in the thread, as long as GitLab says.
                    obey_rate_limit=False,
                    retry_transient_errors=False,
                )
            except GitlabError as error:
                headers = answers[-1].headers if answers else {}
                raise _explain(error, headers, self.url) from None
            except (requests.RequestException, OSError) as error:
                raise NotNow.after(unreachable(self.url, "GITLAB_URL", error), FAILURE_SECONDS) from None


class Limited(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def _limit_reached(seconds: float) -> NotNow:
    return NotNow("GitLab's rate limit is reached.", datetime.now(UTC) + timedelta(seconds=seconds), limit=True)


def path_of(kind: str, identity: str | int, rest: str = "") -> str:
    """/projects/acme%2Fapi/hooks of ("projects", "acme/api", "/hooks")."""
    return f"/{kind}/{quote(str(identity), safe='')}{rest}"


def _explain(error: GitlabError, headers: Mapping[str, str], url: str) -> Exception:
    match error.response_code:
        case HTTPStatus.TOO_MANY_REQUESTS:
            told = headers.get("Retry-After", "")
            return Limited(float(told) if told.isdigit() else LIMIT_SECONDS)
        case HTTPStatus.UNAUTHORIZED:
            return Refused(REFUSED)
        case HTTPStatus.FORBIDDEN:
            return Forbidden(FORBIDDEN)
        case HTTPStatus.NOT_FOUND:
            return Missing(f"{url} has no such thing, or the token may not see it.")
        case code if code is not None and code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Refused(f"{url} answers {code} to a request of devmetrics: is it a supported GitLab?")
        case code:
            return NotNow.after(f"{url} answers {code or 'nothing that can be read'}.", FAILURE_SECONDS)

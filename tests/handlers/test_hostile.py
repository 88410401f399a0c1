"""Whatever a sender sends, the door answers in one form, the worker goes on, and no other delivery is lost."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from tests.handlers.deliveries import ZEROS, deployment_status, moment, pull_request, push, sha
from tests.handlers.sending import (
    Client,
    as_form,
    door,
    github_headers,
    gitlab_headers,
    post,
    send_github,
    send_gitlab,
)
from tests.patience import SECONDS

MIB = 2**20


def with_value(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The payload with another value at a path like "commits.0.id"."""
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    *parents, last = path.split(".")
    place: Any = copy
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place[parent]
    place[last] = value
    return copy


def without(payload: dict[str, Any], path: str) -> dict[str, Any]:
    parent, _, last = path.rpartition(".")
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    place = copy
    for name in filter(None, parent.split(".")):
        place = place[name]
    del place[last]
    return copy


def with_text(payload: dict[str, Any], path: str, raw: str) -> bytes:
    """The payload with JSON text at a path that no JSON library would write."""
    return json.dumps(with_value(payload, path, "@@")).replace('"@@"', raw).encode()


PUSH, PULL_REQUEST, STATUS = push(501), pull_request(502), deployment_status(503)
LONG_AGO, FAR_OFF = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"

# name, event, body, what may become of it
UNREADABLE: list[tuple[str, str, bytes | dict[str, Any]]] = [
    ("empty body", "push", b""),
    ("truncated JSON", "push", json.dumps(PUSH).encode()[:-20]),
    ("no JSON at all", "push", b"\x00\xff\xfe binary"),
    ("a JSON list", "push", b"[]"),
    ("a JSON number", "push", b"1e999"),
    ("a JSON string", "pull_request", b'"text"'),
    ("null", "push", b"null"),
    ("nested 10,000 deep in lists", "push", b"[" * 10_000 + b"]" * 10_000),
    ("nested 10,000 deep in objects", "push", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    ("a number past 64 bits as an id", "push", with_text(PUSH, "repository.id", "9" * 40)),
    ("a number past the column as an id", "pull_request", with_text(PULL_REQUEST, "pull_request.number", "2147483648")),
    ("a negative id", "push", with_value(PUSH, "repository.id", -1)),
    ("a fraction as an id", "push", with_text(PUSH, "repository.id", "1.5")),
    ("five thousand digits", "push", with_text(PUSH, "repository.id", "9" * 5000)),
    ("no repository", "push", without(PUSH, "repository")),
    ("a null repository", "push", with_value(PUSH, "repository", None)),
    ("text for an object", "pull_request", with_value(PULL_REQUEST, "pull_request", "x")),
    ("no time", "deployment_status", without(STATUS, "deployment_status.created_at")),
    ("an object for text", "push", with_value(PUSH, "ref", {})),
    ("an endless branch name", "push", with_value(PUSH, "ref", "refs/heads/" + "x" * 100_000)),
    ("a pull request of the year 1", "pull_request", with_value(PULL_REQUEST, "pull_request.created_at", LONG_AGO)),
    ("a pull request of the year 9999", "pull_request", with_value(PULL_REQUEST, "pull_request.updated_at", FAR_OFF)),
    ("a deployment of the year 1", "deployment_status", with_value(STATUS, "deployment_status.created_at", LONG_AGO)),
    ("a deployment of the year 9999", "deployment_status", with_value(STATUS, "deployment_status.created_at", FAR_OFF)),
]

READABLE: list[tuple[str, str, bytes | dict[str, Any]]] = [
    ("NUL in a message", "push", with_value(PUSH, "commits.0.message", "a\x00b")),
    ("NUL in a name", "push", with_value(PUSH, "commits.0.author.name", "\x00")),
    ("NUL in a branch", "pull_request", with_value(PULL_REQUEST, "pull_request.head.ref", "a\x00b")),
    ("a lone surrogate in a message", "push", with_text(PUSH, "commits.0.message", '"a\\ud800b"')),
    ("a lone surrogate in a title", "pull_request", with_text(PULL_REQUEST, "pull_request.title", '"\\udfff"')),
    ("bytes that are no UTF-8", "push", json.dumps(PUSH).encode().replace(b"Change 501", b"Change \xff\xfe")),
    ("a byte order mark", "push", b"\xef\xbb\xbf" + json.dumps(PUSH).encode()),
    ("a NUL as a field's name", "push", {**PUSH, "\x00": 1}),
    ("numbers past 64 bits nobody reads", "push", with_text({**PUSH, "size": 1}, "size", "9" * 40)),
    ("a commit of the year 1", "push", with_value(PUSH, "commits.0.timestamp", LONG_AGO)),
    ("a commit of the year 9999", "push", with_value(PUSH, "commits.0.timestamp", FAR_OFF)),
    ("a commit before the year 1 in UTC", "push", with_value(PUSH, "commits.0.timestamp", "0001-01-01T00:00:00+14:00")),
    ("a commit without a time", "push", with_value(PUSH, "commits.0.timestamp", None)),
    ("a pull request of a deleted user", "pull_request", with_value(PULL_REQUEST, "pull_request.user", None)),
    ("a pull request from a deleted fork", "pull_request", with_value(PULL_REQUEST, "pull_request.head.repo", None)),
    ("a push by a deleted user", "push", with_value(PUSH, "sender", None)),
    ("a commit without an author", "push", with_value(PUSH, "commits.0.author", None)),
    ("an empty push", "push", {**PUSH, "commits": [], "head_commit": None}),
    ("a push with null commits", "push", {**PUSH, "commits": None}),
    ("a branch deletion", "push", {**PUSH, "ref": "refs/heads/old", "after": ZEROS, "deleted": True, "commits": []}),
    ("a message of a megabyte", "push", with_value(PUSH, "commits.0.message", "x" * MIB)),
    ("a name of a megabyte", "push", with_value(PUSH, "commits.0.author.name", "x" * MIB)),
    (
        "two thousand commits",
        "push",
        {**PUSH, "commits": [{"id": sha(n), "timestamp": moment(n)} for n in range(2000)]},
    ),
    ("the same commit twice", "push", {**PUSH, "commits": PUSH["commits"] * 2}),
]

UNUSED: list[tuple[str, str, bytes | dict[str, Any]]] = [
    ("an unknown event", "sponsorship", {"action": "created"}),
    ("an unknown event that is no JSON", "sponsorship", b"\x00"),
    ("an event named like a module", "__init__", {}),
    ("an inactive deployment", "deployment_status", deployment_status(504, state="inactive")),
]


@pytest.fixture
async def client(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Client]:
    """A running door, with the worker running beside it."""
    stopping = asyncio.Event()
    async with door(engine, organization_id) as client:
        worker = asyncio.create_task(Worker(engine, poll_seconds=0.2).run(stopping))
        yield client
        stopping.set()
        await worker


async def settled(engine: AsyncEngine) -> dict[str, tuple[str, str | None]]:
    """State and reason of each delivery by key, once none is pending. An attempt that waits fails the test."""
    async with asyncio.timeout(SECONDS):
        while True:
            async with engine.connect() as connection:
                rows = list(
                    await connection.execute(
                        text("SELECT delivery_key, state, attempts, reason FROM webhook_deliveries")
                    )
                )
            retried = [row for row in rows if row.state == "pending" and row.attempts]
            assert not retried, retried
            if all(row.state != "pending" for row in rows):
                return {row.delivery_key: (row.state, row.reason) for row in rows}
            await asyncio.sleep(0.05)


async def test_no_hostile_body_stops_the_worker_or_costs_another_delivery(client: Client, engine: AsyncEngine) -> None:
    """All of them at once, between good ones, so that they share batches."""
    expected = {
        **{f"unreadable: {name}": "failed" for name, _, _ in UNREADABLE},
        **{f"readable: {name}": "done" for name, _, _ in READABLE},
        **{f"unused: {name}": "ignored" for name, _, _ in UNUSED},
    }
    hostile = [
        (f"{kind}: {name}", event, body)
        for kind, cases in (("unreadable", UNREADABLE), ("readable", READABLE), ("unused", UNUSED))
        for name, event, body in cases
    ]
    sending = []
    for number, (key, event, body) in enumerate(hostile, start=1):
        sending.append(send_github(client, push(number, of=2), key=f"good {number}"))
        sending.append(send_github(client, body, event, key=key))
    responses = await asyncio.gather(*sending)

    assert {response.status for response in responses} == {202}
    found = await settled(engine)
    wrong = {key: found[key] for key, state in expected.items() if found[key][0] != state}
    assert wrong == {}
    assert {found[f"good {number}"] for number in range(1, len(hostile) + 1)} == {("done", None)}
    async with engine.connect() as connection:
        commits = await connection.scalar(
            text("SELECT count(*) FROM commits JOIN repositories r ON r.id = repository_id WHERE path = 'octo/app-2'")
        )
    assert commits == len(hostile)
    for key, (state, reason) in found.items():
        assert (reason is None) == (state == "done"), key
        assert "Traceback" not in (reason or ""), key
        assert "\n" not in (reason or ""), key
        assert len(reason or "") <= 500, key
        # Nothing the handlers should have seen coming.
        assert "devmetrics itself" not in (reason or ""), (key, reason)


@pytest.mark.parametrize("event", ["Push Hook", "Merge Request Hook", "Deployment Hook", "System Hook", "Emoji Hook"])
async def test_hostile_bodies_from_gitlab_end_with_a_reason_too(
    client: Client, engine: AsyncEngine, event: str
) -> None:
    bodies = [b"", b"{}", b"[]", b"null", b'{"object_kind": 7}', b'{"object_kind": "push"}', b"[" * 10_000, b"\xff"]
    bodies.append(b'{"object_kind": "merge_request", "object_attributes": null}')
    bodies.append(b'{"object_kind": "a\\u0000b", "event_name": "\\ud800"}')
    for number, body in enumerate(bodies):
        assert (await send_gitlab(client, body, event, key=f"{number}")).status == 202
    assert (await send_github(client, push(1), key="good")).status == 202

    found = await settled(engine)
    assert found.pop("good") == ("done", None)
    assert {state for state, _ in found.values()} <= {"failed", "ignored"}
    assert all(reason and "Traceback" not in reason and "itself" not in reason for _, reason in found.values())


async def test_a_large_push_is_processed(client: Client, engine: AsyncEngine) -> None:
    body = json.dumps(with_value(push(1), "commits.0.message", "x" * 5 * MIB)).encode()

    assert (await send_github(client, body, key="large")).status == 202
    assert await settled(engine) == {"large": ("done", None)}


async def test_a_form_encoded_push_is_processed_like_any_other(client: Client, engine: AsyncEngine) -> None:
    body = as_form(json.dumps(push(1)).encode())
    headers = {**github_headers(body, key="form"), "Content-Type": "application/x-www-form-urlencoded"}

    assert (await post(client, "/webhooks/github", body, headers)).status == 202
    assert await settled(engine) == {"form": ("done", None)}


RAW = [
    b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: a\x00b\r\n\r\n",
    b"POST /webhooks/\xff\xfe HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"POST /webhooks/github/%00%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"POST /webhooks/%2e%2e/%2e%2e HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /webhooks/github HTTP/1.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
]


@pytest.mark.parametrize("request_bytes", RAW, ids=range(len(RAW)))
async def test_broken_requests_get_an_error_without_a_traceback(client: Client, request_bytes: bytes) -> None:
    answer = await _raw(client, request_bytes)

    assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer) or answer == b""
    assert b"Traceback" not in answer
    assert (await send_github(client, push(1))).status == 202


def _head(body: bytes, *lines: str) -> bytes:
    headers = [f"{name}: {value}" for name, value in github_headers(body).items()]
    return "\r\n".join(["POST /webhooks/github HTTP/1.1", "Host: x", *headers, *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "request_bytes",
    [
        _head(b"{}", "Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
        _head(b"{}", "Transfer-Encoding: chunked") + b"2\r\n{}garbage",
        _head(b"{}", "Content-Encoding: gzip", "Content-Length: 2") + b"{}",
        _head(b"{}", "Content-Encoding: deflate", "Content-Length: 2") + b"\xff\xff",
        _head(b"{}", "Content-Length: 2", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    ],
    ids=["no chunk size", "no chunk end", "no gzip", "no deflate", "two lengths"],
)
async def test_bodies_that_cannot_be_decoded_are_a_bad_request(client: Client, request_bytes: bytes) -> None:
    answer = await _raw(client, request_bytes)

    assert re.match(rb"HTTP/1\.[01] 400 ", answer)
    assert b"Traceback" not in answer
    assert (await send_github(client, push(1))).status == 202


async def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing_behind(
    client: Client, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        assert await _raw(client, _head(b"{}" * 500, "Content-Length: 1000") + b"{}", hang_up=True) == b""
    assert (await send_github(client, push(1), key="good")).status == 202

    assert await settled(engine) == {"good": ("done", None)}
    assert "Error handling request" not in caplog.text


async def test_the_token_never_comes_back_in_an_answer(client: Client) -> None:
    for token in ("wrong", ""):
        response = await post(client, "/webhooks/gitlab", b"{}", gitlab_headers(token=token))
        assert "a token for GitLab" not in await response.text()


async def _raw(client: Client, request_bytes: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes as they are; what comes back until the server closes or is silent."""
    server = client.server
    assert isinstance(server, TestServer)
    assert server.port
    reader, writer = await asyncio.open_connection(server.host, server.port)
    answer = b""
    try:
        writer.write(request_bytes)
        await writer.drain()
        if not hang_up:
            async with asyncio.timeout(2):
                answer = await reader.read(65536)
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.close()
    return answer

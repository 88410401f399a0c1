"""Sends deliveries as GitHub and GitLab do: real requests, really signed, to a real server."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.doors import Doors
from handlers.github import signature as github
from handlers.gitlab import signature as gitlab
from handlers.inbox import Inbox
from handlers.inbox.postgres import PostgresInbox
from handlers.provider import Verifier
from handlers.receive import Receiver
from handlers.uploads import MOST_BYTES_IN_FLIGHT

GITHUB_SECRET = "a secret for GitHub"
GITLAB_TOKEN = "a token for GitLab"
SIGNING_TOKEN = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SECRET_KEY = Fernet(Fernet.generate_key())

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def door(
    engine: AsyncEngine,
    organization_id: UUID,
    *,
    github_secrets: github.Verifier | None = None,
    gitlab_secrets: gitlab.Verifier | None = None,
    inbox: Inbox | None = None,
    most_bytes_in_flight: int = MOST_BYTES_IN_FLIGHT,
) -> AsyncIterator[Client]:
    """A client of a running server that takes deliveries, by default with one secret for each provider."""
    verifiers: dict[str, Verifier] = {
        "github": github_secrets or github.Verifier(webhook_secret=GITHUB_SECRET),
        "gitlab": gitlab_secrets or gitlab.Verifier(webhook_token=GITLAB_TOKEN),
    }
    doors = Doors(engine, organization_id, verifiers, SECRET_KEY)
    async with PostgresInbox(engine) as postgres:
        app = web.Application()
        receiver = Receiver(inbox or postgres, doors, count=lambda *_: None, most_bytes_in_flight=most_bytes_in_flight)
        app.add_routes(receiver.routes())
        async with TestClient(TestServer(app)) as client:
            yield client


def github_headers(
    body: bytes, event: str = "push", *, key: str | None = None, secret: str = GITHUB_SECRET
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": key or str(uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


def gitlab_headers(event: str = "Push Hook", *, key: str | None = None, token: str = GITLAB_TOKEN) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "X-Gitlab-Event": event, "X-Gitlab-Token": token}
    return headers if key is None else {**headers, "Idempotency-Key": key}


def signed_gitlab_headers(
    body: bytes,
    event: str = "Push Hook",
    *,
    key: str = "",
    token: str = SIGNING_TOKEN,
    timestamp: float | None = None,
) -> dict[str, str]:
    key = key or str(uuid4())
    seconds = str(int(time.time() if timestamp is None else timestamp))
    signing_key = base64.b64decode(token.removeprefix("whsec_"))
    signature = hmac.new(signing_key, f"{key}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-Gitlab-Event": event,
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }


async def send_github(
    client: Client, body: bytes | Mapping[str, Any], event: str = "push", *, key: str | None = None
) -> ClientResponse:
    """Send and return the response, already read."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await post(client, "/webhooks/github", body, github_headers(body, event, key=key))


async def send_gitlab(
    client: Client, body: bytes | Mapping[str, Any], event: str = "Push Hook", *, key: str | None = None
) -> ClientResponse:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await post(client, "/webhooks/gitlab", body, gitlab_headers(event, key=key))


async def post(client: Client, path: str, body: Any, headers: Mapping[str, str]) -> ClientResponse:
    # aiohttp warns of large bodies that are given as bytes.
    data = BytesIO(body) if isinstance(body, bytes) else body
    async with client.post(path, data=data, headers=headers) as response:
        await response.read()
        return response


def as_form(body: bytes) -> bytes:
    """The body as GitHub sends it with content type application/x-www-form-urlencoded."""
    return urlencode({"payload": body}).encode()

"""What is taken at the door, and what is turned away with which words."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.github import signature as github
from handlers.gitlab import signature as gitlab
from handlers.inbox import Delivery, NotStored
from handlers.inbox.compression import decompress_body
from storage.models.connections import ProviderConnection
from tests.handlers.sending import (
    GITHUB_SECRET,
    GITLAB_TOKEN,
    SECRET_KEY,
    SIGNING_TOKEN,
    Client,
    as_form,
    door,
    github_headers,
    gitlab_headers,
    post,
    send_github,
    send_gitlab,
    signed_gitlab_headers,
)
from tests.patience import SECONDS

BODY = b'{"zen": "Keep it logically awesome."}'
MIB = 2**20


@pytest.fixture
async def client(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Client]:
    async with door(engine, organization_id) as client:
        yield client


@pytest.fixture
async def signing_client(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Client]:
    """A door whose GitLab has a signing token besides the older token."""
    verifier = gitlab.Verifier(webhook_token=GITLAB_TOKEN, webhook_signing_token=SIGNING_TOKEN)
    async with door(engine, organization_id, gitlab_secrets=verifier) as client:
        yield client


async def stored(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(text("SELECT * FROM webhook_deliveries ORDER BY id")))


async def error_of(response: Any) -> tuple[int, str]:
    """Status and code of an error answer, which must have the one form of all errors."""
    body = json.loads(await response.text())
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert "Traceback" not in body["error"]["message"]
    return response.status, body["error"]["code"]


async def test_a_signed_github_delivery_is_stored_as_it_came(
    client: Client, engine: AsyncEngine, organization_id: UUID
) -> None:
    response = await send_github(client, BODY, "ping", key="0b989ba4")

    assert response.status == 202
    [row] = await stored(engine)
    assert (row.organization_id, row.provider, row.connection_id) == (organization_id, "github", None)
    assert (row.delivery_key, row.event, row.state, row.attempts) == ("0b989ba4", "ping", "pending", 0)
    assert decompress_body(row.body) == BODY


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha256=" + hmac.new(b"another secret", BODY, hashlib.sha256).hexdigest(),
        "sha1=" + hmac.new(GITHUB_SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        hmac.new(GITHUB_SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
        "sha256=\udcff",
    ],
    ids=["missing", "empty", "no digest", "zeros", "other secret", "sha1 in place of sha256", "no prefix", "no ASCII"],
)
async def test_a_github_delivery_without_a_valid_signature_is_refused_and_not_stored(
    client: Client, engine: AsyncEngine, signature: str | None
) -> None:
    headers = github_headers(BODY)
    del headers["X-Hub-Signature-256"]
    if signature is not None:
        headers["X-Hub-Signature-256"] = signature

    response = await post(client, "/webhooks/github", BODY, headers)

    assert await error_of(response) == (401, "bad_signature")
    assert await stored(engine) == []


async def test_a_sha1_signature_alone_is_refused(client: Client, engine: AsyncEngine) -> None:
    headers = github_headers(BODY)
    del headers["X-Hub-Signature-256"]
    headers["X-Hub-Signature"] = "sha1=" + hmac.new(GITHUB_SECRET.encode(), BODY, hashlib.sha1).hexdigest()

    assert await error_of(await post(client, "/webhooks/github", BODY, headers)) == (401, "bad_signature")
    assert await stored(engine) == []


async def test_the_previous_github_secret_is_accepted_while_the_secret_is_being_changed(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    verifier = github.Verifier(webhook_secret="new", webhook_secret_previous="old")
    async with door(engine, organization_id, github_secrets=verifier) as client:
        statuses = [
            (await post(client, "/webhooks/github", BODY, github_headers(BODY, secret=secret))).status
            for secret in ("new", "old", "older")
        ]

    assert statuses == [202, 202, 401]


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", [None, "", "x" * 256, "\udcff", "caf\u00e9"])
async def test_a_github_delivery_without_usable_event_and_delivery_headers_is_a_bad_request(
    client: Client, header: str, value: str | None
) -> None:
    headers = github_headers(BODY)
    del headers[header]
    if value is not None:
        headers[header] = value

    assert await error_of(await post(client, "/webhooks/github", BODY, headers)) == (400, "missing_header")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
async def test_another_content_type_is_refused(client: Client, content_type: str) -> None:
    headers = {**github_headers(BODY), "Content-Type": content_type}
    assert await error_of(await post(client, "/webhooks/github", BODY, headers)) == (415, "unsupported_media_type")
    headers = {**gitlab_headers(), "Content-Type": content_type}
    assert await error_of(await post(client, "/webhooks/gitlab", BODY, headers)) == (415, "unsupported_media_type")


async def test_a_form_encoded_github_delivery_is_stored_as_its_json(client: Client, engine: AsyncEngine) -> None:
    body = '{"message": "ümläut & = %20 +"}'.encode()
    form = as_form(body)
    headers = {**github_headers(form), "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}

    assert (await post(client, "/webhooks/github", form, headers)).status == 202
    [row] = await stored(engine)
    assert decompress_body(row.body) == body


async def test_a_signed_form_without_a_payload_is_stored_too(client: Client, engine: AsyncEngine) -> None:
    headers = {**github_headers(b"a=1&b=2"), "Content-Type": "application/x-www-form-urlencoded"}

    assert (await post(client, "/webhooks/github", b"a=1&b=2", headers)).status == 202
    assert len(await stored(engine)) == 1


async def test_gitlabs_token_is_compared_and_an_empty_one_is_refused(client: Client, engine: AsyncEngine) -> None:
    statuses = [
        (await post(client, "/webhooks/gitlab", BODY, gitlab_headers(token=token))).status
        for token in (GITLAB_TOKEN, "wrong", "", "\udcff")
    ]

    assert statuses == [202, 401, 401, 401]
    assert len(await stored(engine)) == 1


async def test_a_gitlab_delivery_signed_with_the_signing_token_is_taken(
    signing_client: Client, engine: AsyncEngine
) -> None:
    headers = signed_gitlab_headers(BODY, key="the-id")
    # GitLab sends several signatures while a token is being changed.
    headers["webhook-signature"] = f"v1,AAAA v2,BBBB {headers['webhook-signature']}"

    assert (await post(signing_client, "/webhooks/gitlab", BODY, headers)).status == 202
    [row] = await stored(engine)
    assert row.delivery_key == "the-id"


async def test_with_a_signing_token_the_older_token_alone_is_not_enough(signing_client: Client) -> None:
    response = await post(signing_client, "/webhooks/gitlab", BODY, gitlab_headers())

    assert await error_of(response) == (401, "bad_signature")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "another id"),
        ("webhook-id", None),
        ("webhook-timestamp", None),
        ("webhook-timestamp", "yesterday"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-timestamp", "\udcff"),
        ("webhook-signature", None),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,\udcff"),
    ],
)
async def test_a_changed_gitlab_signature_header_is_refused(
    signing_client: Client, header: str, value: str | None
) -> None:
    headers = signed_gitlab_headers(BODY)
    del headers[header]
    if value is not None:
        headers[header] = value

    assert (await post(signing_client, "/webhooks/gitlab", BODY, headers)).status == 401


@pytest.mark.parametrize(("seconds", "status"), [(-400, 401), (-200, 202), (200, 202), (400, 401)])
async def test_a_gitlab_signature_is_good_for_five_minutes(signing_client: Client, seconds: float, status: int) -> None:
    """Five minutes either way: longer, and whoever recorded a delivery could play it again."""
    headers = signed_gitlab_headers(BODY, timestamp=time.time() + seconds)

    assert (await post(signing_client, "/webhooks/gitlab", BODY, headers)).status == status


async def test_a_gitlab_delivery_without_its_event_header_is_a_bad_request(client: Client) -> None:
    headers = gitlab_headers()
    del headers["X-Gitlab-Event"]

    assert await error_of(await post(client, "/webhooks/gitlab", BODY, headers)) == (400, "missing_header")


async def test_a_gitlab_delivery_is_known_by_its_idempotency_key(client: Client, engine: AsyncEngine) -> None:
    for body in (b'{"attempt": 1}', b'{"attempt": 2}'):
        assert (await send_gitlab(client, body, key="one-event")).status == 202

    [row] = await stored(engine)
    assert (row.delivery_key, decompress_body(row.body)) == ("one-event", b'{"attempt": 1}')


async def test_an_older_gitlabs_delivery_is_known_by_its_event_and_body(client: Client, engine: AsyncEngine) -> None:
    for event, body in [("Push Hook", b"{}"), ("Push Hook", b"{}"), ("Note Hook", b"{}"), ("Push Hook", b"[]")]:
        await send_gitlab(client, body, event)

    assert len(await stored(engine)) == 3


async def test_a_redelivery_is_answered_like_a_delivery_and_stored_once(client: Client, engine: AsyncEngine) -> None:
    statuses = await asyncio.gather(*(send_github(client, BODY, key="same") for _ in range(20)))

    assert {response.status for response in statuses} == {202}
    assert len(await stored(engine)) == 1


async def test_a_provider_without_its_secret_is_off_and_says_what_to_set(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with door(
        engine, organization_id, github_secrets=github.Verifier(), gitlab_secrets=gitlab.Verifier()
    ) as client:
        response = await post(client, "/webhooks/github", BODY, github_headers(BODY, secret=""))
        assert await error_of(response) == (503, "provider_off")
        assert "GITHUB_WEBHOOK_SECRET" in await response.text()
        response = await post(client, "/webhooks/gitlab", BODY, gitlab_headers(token=""))
        assert await error_of(response) == (503, "provider_off")
        assert "GITLAB_WEBHOOK_SIGNING_TOKEN" in await response.text()

    assert await stored(engine) == []


async def test_an_unknown_provider_is_not_found(client: Client) -> None:
    assert await error_of(await post(client, "/webhooks/sourceforge", BODY, github_headers(BODY))) == (404, "not_found")


async def test_a_push_of_five_mebibytes_is_taken(client: Client, engine: AsyncEngine) -> None:
    body = json.dumps({"padding": "x" * 5 * MIB}).encode()

    assert (await send_github(client, body)).status == 202
    [row] = await stored(engine)
    assert decompress_body(row.body) == body


async def in_chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // MIB):
        yield b"x" * MIB
    yield b"x" * (total % MIB)


async def test_twenty_five_mebibytes_are_taken_and_one_byte_more_is_not(client: Client) -> None:
    body = b"x" * (25 * MIB)
    assert (await post(client, "/webhooks/github", in_chunks(25 * MIB), github_headers(body))).status == 202
    body += b"x"
    assert await error_of(await post(client, "/webhooks/github", body, github_headers(body))) == (413, "too_large")
    response = await post(client, "/webhooks/github", in_chunks(25 * MIB + 1), github_headers(body))
    assert await error_of(response) == (413, "too_large")


class StuckInbox:
    """A queue that takes its time."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.taken: list[Delivery] = []

    async def store(self, delivery: Delivery) -> None:
        self.taken.append(delivery)
        await self.go_on.wait()


async def test_bodies_in_flight_are_bounded_and_what_is_over_may_come_again_later(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    inbox = StuckInbox()
    body = b"x" * MIB
    async with door(engine, organization_id, inbox=inbox, most_bytes_in_flight=3 * MIB) as client:
        waiting = [asyncio.create_task(send_github(client, body)) for _ in range(2)]
        async with asyncio.timeout(SECONDS):
            while len(inbox.taken) < 2:  # noqa: ASYNC110 (the server has no event for it)
                await asyncio.sleep(0.01)
        response = await send_github(client, body)
        assert await error_of(response) == (503, "not_stored")
        assert int(response.headers["Retry-After"]) > 0
        inbox.go_on.set()
        assert [response.status for response in await asyncio.gather(*waiting)] == [202, 202]
        assert [(await send_github(client, body)).status for _ in range(4)] == [202] * 4


class BrokenInbox:
    async def store(self, delivery: Delivery) -> None:
        raise NotStored(f"no room for {delivery.key}")


async def test_a_delivery_that_cannot_be_stored_is_not_acknowledged(engine: AsyncEngine, organization_id: UUID) -> None:
    async with door(engine, organization_id, inbox=BrokenInbox()) as client:
        response = await send_github(client, BODY)

    assert await error_of(response) == (503, "not_stored")
    assert int(response.headers["Retry-After"]) > 0


async def connection_of(engine: AsyncEngine, organization_id: UUID, provider: str, secrets: bytes) -> UUID:
    row = {
        "organization_id": organization_id,
        "provider": provider,
        "host": "git.example",
        "name": "second",
        "secrets": secrets,
    }
    async with engine.begin() as connection:
        identity = await connection.scalar(insert(ProviderConnection).values(row).returning(ProviderConnection.id))
    assert isinstance(identity, UUID)
    return identity


async def test_a_second_gitlab_has_its_own_address_and_token(
    client: Client, engine: AsyncEngine, organization_id: UUID
) -> None:
    secrets = SECRET_KEY.encrypt(json.dumps({"webhook_token": "its own"}).encode())
    identity = await connection_of(engine, organization_id, "gitlab", secrets)

    path = f"/webhooks/gitlab/{identity}"
    statuses = [
        (await post(client, path, BODY, gitlab_headers(token=token, key="k"))).status
        for token in ("its own", GITLAB_TOKEN)
    ]
    assert statuses == [202, 401]
    # The same key at another door is another delivery.
    await send_gitlab(client, BODY, key="k")
    assert [row.connection_id for row in await stored(engine)] == [identity, None]


async def test_an_address_nobody_made_is_not_found(client: Client, engine: AsyncEngine, organization_id: UUID) -> None:
    github_only = await connection_of(engine, organization_id, "github", SECRET_KEY.encrypt(b"{}"))
    for connection in (uuid4(), github_only, "not-an-id"):
        response = await post(client, f"/webhooks/gitlab/{connection}", BODY, gitlab_headers())
        assert await error_of(response) == (404, "not_found")


async def test_a_connection_whose_secrets_cannot_be_read_takes_nothing(
    client: Client, engine: AsyncEngine, organization_id: UUID
) -> None:
    identity = await connection_of(engine, organization_id, "gitlab", b"encrypted with another key")

    response = await post(client, f"/webhooks/gitlab/{identity}", BODY, gitlab_headers())
    assert await error_of(response) == (503, "connection_unreadable")


async def test_a_request_that_is_no_post_is_refused(client: Client) -> None:
    assert (await client.get("/webhooks/github")).status == 405

"""Only what Bitbucket signed with our secret is taken, and each of its three attempts is one delivery."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.bitbucket.signature import Verifier
from handlers.providers import PROVIDERS
from handlers.rejection import Rejected

SECRET, BODY, NOW = "a secret", b'{"push": {}}', datetime(2026, 3, 2, tzinfo=UTC)


def headers(secret: str = SECRET, body: bytes = BODY, **changes: str | None) -> dict[str, str]:
    told: dict[str, str | None] = {
        "Content-Type": "application/json",
        "X-Event-Key": "repo:push",
        "X-Request-UUID": "69c56047-577b-46f9-a1dd-9c4e27273bc1",
        "X-Hub-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return {name: value for name, value in told.items() if value is not None}


def open_with(verifier: Verifier, **changes: Any) -> tuple[str, str]:
    sent = headers(**changes)
    verifier.check_headers(sent)
    envelope = verifier.open_envelope(sent, BODY, NOW)
    return envelope.event, envelope.key


def test_an_attempt_made_again_has_the_same_key() -> None:
    keys = {open_with(Verifier(SECRET), X_Attempt_Number=attempt) for attempt in ("1", "2", "3")}
    assert keys == {("repo:push", "69c56047-577b-46f9-a1dd-9c4e27273bc1")}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"secret": "another"}, 401),
        ({"body": b"{}"}, 401),
        ({"X_Hub_Signature": None}, 401),
        ({"X_Hub_Signature": "sha1=00"}, 401),
        ({"X_Hub_Signature": "sha256=\xe9"}, 401),
        ({"X_Event_Key": None}, 400),
        ({"X_Request_UUID": None}, 400),
        ({"Content_Type": "text/plain"}, 415),
    ],
)
def test_anything_else_is_refused(changes: dict[str, str], status: int) -> None:
    with pytest.raises(Rejected) as refused:
        open_with(Verifier(SECRET), **changes)
    assert refused.value.status == status


def test_while_the_secret_is_being_changed_both_are_taken() -> None:
    both = Verifier("new", SECRET)
    assert open_with(both) == open_with(both, secret="new")


def test_without_a_secret_it_is_off() -> None:
    assert not Verifier().configured


def test_a_file_of_its_payload_is_known_by_its_content_and_name() -> None:
    provider = PROVIDERS["bitbucket"]
    body = json.loads(b'{"push": {}, "repository": {}, "actor": {}}')
    assert [word for word, one in PROVIDERS.items() if one.recognizes("push.json", body)] == ["bitbucket"]
    assert (
        provider.event_of_file("repo_push.json", body) == provider.event_of_file("repo:push.json", body) == "repo:push"
    )

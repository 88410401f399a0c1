"""POST /slack/events takes what Slack signed, and nothing else."""

import json
import logging
import time
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.demo.workspace.sender import FORM
from bot.settings import Settings
from bot.slack.app import create_bolt, create_client
from bot.slack.request import sign
from tests.bot.slack.place import Place

BODY = urlencode({"command": "/devmetrics", "text": "help", "response_url": "http://127.0.0.1:9/"}).encode()


async def post(slack: Place, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        content_type = {"Content-Type": FORM}
        async with session.post(slack.events, data=body, headers={**content_type, **headers}) as response:
            return response.status, await response.text()


def signed(slack: Place, body: bytes, age: float = 0, secret: str | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() - age))
    signature = sign(timestamp, body, secret or slack.workspace.signing_secret)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


async def test_a_request_that_slack_did_not_sign_is_refused(slack: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    good = signed(slack, BODY)
    for headers in (
        {},
        {**good, "X-Slack-Signature": ""},
        {**good, "X-Slack-Signature": "v0=" + "0" * 64},
        {**good, "X-Slack-Signature": "é"},
        {**good, "X-Slack-Request-Timestamp": "now"},
        {**good, "X-Slack-Request-Timestamp": "٣"},
        {**good, "X-Slack-Request-Timestamp": "9" * 400},
        signed(slack, BODY, secret="another secret"),
        signed(slack, BODY + b"&more=1"),
    ):
        status, text = await post(slack, BODY, headers)
        assert status == 401
        assert json.loads(text)["error"]["code"] == "bad_signature"
    await slack.quiet()
    assert slack.workspace.state.messages == {}
    assert "response_url" not in caplog.text


@pytest.mark.parametrize("age", [400, -400])
async def test_a_recorded_request_cannot_be_sent_again_later(slack: Place, age: float) -> None:
    assert (await post(slack, BODY, signed(slack, BODY, age)))[0] == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"payload=%7B", FORM),
        (b"payload=3", FORM),
        (b"\xff\xfe", FORM),
        (b"[" * 100_000, "application/json"),
        # Of another form than Slack's: Bolt looks into it all the same.
        (b'{"type": "event_callback", "event": {"type": "tokens_revoked", "user": 5}}', "application/json"),
        (b'{"type": "view_closed", "channel": 5}', "application/json"),
        (b'{"type": "block_actions", "actions": [], "user": {"id": "U1"}, "response_url": 5}', "application/json"),
    ],
)
async def test_a_signed_body_that_says_nothing_is_a_bad_request(slack: Place, body: bytes, content_type: str) -> None:
    status, text = await post(slack, body, {**signed(slack, body), "Content-Type": content_type})

    assert status == 400
    assert json.loads(text)["error"]["code"] == "unreadable"


async def test_slacks_question_whether_the_address_is_ours_is_answered(slack: Place) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()

    answer = await slack.people.send(body, "application/json")

    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "3eZbrw1a"})


async def test_events_and_commands_of_other_versions_are_taken_without_complaint(slack: Place) -> None:
    """A 404 would make Slack send an event three times more, and show a person `dispatch_failed`."""
    assert (await slack.people.event({"type": "app_home_opened", "user": slack.ana.id})).status == 200
    message = await slack.answer_to(await slack.people.command(slack.ana, slack.general, "x", command="/other"))
    assert "/devmetrics help" in message.text


async def test_without_settings_slack_is_off_and_says_what_to_set(
    engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path), engine, organization_id)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        response = await session.post(server.make_url("/slack/events"), data=BODY)
        error = (await response.json())["error"]
    assert response.status == 503
    assert "SLACK_SIGNING_SECRET" in error["message"]


def test_what_only_programmers_understand_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    create_bolt(create_client("xoxb-1", "https://slack.test/api"), "secret")
    assert caplog.text == ""

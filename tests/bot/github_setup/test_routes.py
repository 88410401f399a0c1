"""/github/setup over HTTP: only by invitation, only what was begun here, only once."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest
from sqlalchemy import text
from yarl import URL

from bot.settings import encryption
from storage.connections import list_connections
from tests.bot.github_setup.github import PRIVATE_KEY
from tests.bot.github_setup.place import Place
from tests.handlers.deliveries import push
from tests.handlers.sending import github_headers

SECRETS = ("client-secret", "webhook-secret", "not a real one")


async def post(place: Place, **fields: str) -> aiohttp.ClientResponse:
    form = {"token": await place.token(), "owner": "organization", "organization": "acme", "keep": "database"}
    return await place.client.post("/github/setup", data=form | fields)


async def begin(place: Place, **fields: str) -> tuple[str, dict[str, Any]]:
    """Where the form goes, and the manifest in it."""
    response = await post(place, **fields)
    page = await response.text()
    assert response.status == 200, page
    address = re.search(r'action="([^"]+)"', page)
    manifest = re.search(r'name="manifest" value="([^"]+)"', page)
    assert address
    assert manifest
    return unescape(address[1]), json.loads(unescape(manifest[1]))


def state_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


async def come_back(place: Place, state: str, code: str | None = None) -> tuple[int, str]:
    if code is None:
        code = "c0de"
        place.github.codes[code] = place.github.made("devmetrics-acme")
    url = URL("/github/setup/registered").with_query(code=code, state=state)
    async with place.client.get(url) as response:
        return response.status, await response.text()


async def test_the_manifest_asks_for_reading_only_and_names_this_server(place: Place) -> None:
    address, manifest = await begin(place)

    assert address.startswith(f"{place.github.url}/organizations/acme/settings/apps/new?state=")
    base = place.settings.public_url
    assert (manifest["name"], manifest["public"], manifest["url"]) == ("devmetrics-acme", False, base)
    assert manifest["redirect_url"] == f"{base}/github/setup/registered"
    assert set(manifest["default_permissions"].values()) == {"read"}


async def test_an_address_that_github_cannot_reach_is_said_on_the_first_page(place: Place) -> None:
    page = await (await place.client.get(f"/github/setup?token={await place.token()}")).text()
    assert "only this machine itself can reach that, so nobody elsewhere can deliver there" in page


async def test_a_person_registers_an_app_of_their_own(place: Place) -> None:
    address, manifest = await begin(place, owner="person", organization="")

    assert address.startswith(f"{place.github.url}/settings/apps/new?state=")
    assert manifest["name"] == "devmetrics-127-0-0-1"


async def test_the_app_is_kept_encrypted_and_its_deliveries_are_taken_at_its_address(place: Place) -> None:
    address, manifest = await begin(place)
    status, page = await come_back(place, state_in(address))

    assert status == 200
    assert f"{place.github.url}/apps/devmetrics-acme/installations/new" in page
    assert not any(secret in page for secret in SECRETS)
    async with place.engine.connect() as connection:
        (kept,) = await list_connections(connection, place.organization_id, "github")
        stored = await connection.scalar(text("SELECT secrets FROM provider_connections"))
        log = (await connection.execute(text("SELECT actor, action, after FROM audit_logs ORDER BY id"))).all()
    assert kept.secrets(encryption(place.settings))["private_key"] == PRIVATE_KEY
    assert kept.secrets(encryption(place.settings))["app_id"] == "4711"
    assert not any(secret.encode() in stored for secret in SECRETS)
    assert [row.action for row in log] == ["github.register", "connection.add"]
    assert {row.actor for row in log} == {"web:127.0.0.1"}
    assert not any(secret in str(log) for secret in SECRETS)

    hook: str = manifest["hook_attributes"]["url"]
    assert hook == f"{place.settings.public_url}/webhooks/github/{kept.id}"
    body = msgspec.json.encode(push(1))
    for secret, expected in (("webhook-secret", 202), ("another", 401)):
        headers = github_headers(body, "push", secret=secret)
        async with place.client.post(urlsplit(hook).path, data=body, headers=headers) as response:
            assert response.status == expected


async def test_for_the_environment_the_secrets_are_shown_once_and_kept_nowhere(place: Place) -> None:
    address, manifest = await begin(place, keep="environment")
    status, page = await come_back(place, state_in(address))

    assert status == 200
    assert manifest["hook_attributes"] == {"url": f"{place.settings.public_url}/webhooks/github", "active": True}
    for variable in ("GITHUB_APP_ID=4711", "GITHUB_WEBHOOK_SECRET=webhook-secret", "GITHUB_PRIVATE_KEY="):
        assert variable in page
    async with place.engine.connect() as connection:
        assert await list_connections(connection, place.organization_id) == []
        log = (await connection.execute(text("SELECT action, after FROM audit_logs"))).all()
    assert log == [("github.register", {"app_id": 4711, "kept in": "environment"})]


async def test_nobody_without_the_token_sees_or_begins_anything(place: Place) -> None:
    for path in (
        "/github/setup",
        "/github/setup?token=",
        "/github/setup?token=%C3%A9",
        "/github/setup?token=" + "0" * 32,
    ):
        async with place.client.get(path) as response:
            assert response.status == 403
            assert "devmetrics setup github" in await response.text()
    assert (await post(place, token="0" * 32)).status == 403


async def test_what_was_not_begun_here_is_not_taken_over(place: Place) -> None:
    foreign = encryption(place.settings).encrypt(b'{"app_id": "1"}').decode()
    for state in ("", "made up", "é", foreign):
        status, page = await come_back(place, state)
        assert (status, "was begun here" in page) == (403, True)
    async with place.engine.connect() as connection:
        assert await list_connections(connection, place.organization_id) == []


async def test_it_locks_itself_when_it_is_done(place: Place) -> None:
    token = await place.token()
    address, _ = await begin(place)
    assert (await come_back(place, state_in(address)))[0] == 200

    # The same browser again, another one that had begun too, the old invitation, and a new start of the server.
    assert (await come_back(place, state_in(address)))[0] == 409
    async with place.client.get(f"/github/setup?token={token}") as response:
        assert response.status == 403
    assert await place.invitation() is None


async def test_what_github_refuses_can_be_tried_again(place: Place) -> None:
    address, _ = await begin(place)
    assert await said_of(place, address, code="gone-already") == 502
    assert await said_of(place, address, code="../../user") == 502
    place.github.failing = 500
    assert await said_of(place, address) == 502
    place.github.failing = None
    assert (await come_back(place, state_in(address)))[0] == 200


async def said_of(place: Place, address: str, code: str | None = None) -> int:
    status, page = await come_back(place, state_in(address), code)
    assert "egin again" in page
    assert "Traceback" not in page
    return status


async def test_a_name_that_is_none_is_asked_again_and_escaped(place: Place) -> None:
    for name in ("", "acme corp", "acme/../x", '"><script>alert(1)</script>'):
        response = await post(place, organization=name)
        page = await response.text()
        assert (response.status, "<script>" in page) == (400, False)
        assert "as it stands in its address" in page


@pytest.mark.parametrize("boundary", ["", "; boundary=x"])
async def test_a_body_that_only_says_that_it_is_a_form_is_a_bad_request(place: Place, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    assert (await place.client.post("/github/setup", data=b"token=x", headers=headers)).status == 400


async def test_the_pages_leak_nothing_and_run_nothing(place: Place) -> None:
    async with place.client.get(f"/github/setup?token={await place.token()}") as response:
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


async def arrive(place: Place, action: str) -> str:
    """Where GitHub sends people after the installation."""
    async with place.client.get(f"/github/setup/installed?setup_action={action}") as response:
        return await response.text()


async def test_nothing_is_said_to_be_installed_that_is_not(place: Place) -> None:
    assert "devmetrics knows no App here" in await arrive(place, "install")
    address, _ = await begin(place)
    await come_back(place, state_in(address))
    assert "devmetrics is installed" in await arrive(place, "install")
    requested = await arrive(place, "request")
    assert "asked an owner of the organization to approve" in requested
    assert "devmetrics is installed" not in requested


async def test_whoever_lost_the_page_with_the_link_learns_where_to_install_the_app(place: Place) -> None:
    address, _ = await begin(place)
    await come_back(place, state_in(address))
    status, page = await come_back(place, state_in(address), "again")
    assert status == 409
    assert "To install it" in page

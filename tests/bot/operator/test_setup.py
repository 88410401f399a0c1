"""`devmetrics setup github`: the address to open, the pages on this machine, and what to do next."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from html import unescape
from pathlib import Path

import aiohttp
from aiohttp.test_utils import unused_port

from tests.bot.github_setup.github import fake_github
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.patience import SECONDS_TO_START

ROOT = Path(__file__).parents[3]


async def test_the_app_is_registered_without_a_running_server(database_url: str) -> None:
    async with fake_github() as github, aiohttp.ClientSession() as browser:
        github_url = github.url
        environment = {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "k" * 32,
            "PUBLIC_URL": "https://devmetrics.acme.example",
            "GITHUB_API_URL": github.api_url,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "bot", "setup", "github", "--here"),
            cwd=ROOT,
            env=environment,
            stdout=PIPE,
            stderr=PIPE,
        )
        try:
            async with asyncio.timeout(SECONDS_TO_START):
                assert process.stdout is not None
                said = (await process.stdout.readuntil(b"Waiting")).decode()
                address = re.search(r"http://127\.0\.0\.1:\d+/github/setup\?token=(\w+)", said)
                assert address is not None
                form = {"token": address[1], "owner": "organization", "organization": "acme", "keep": "database"}
                async with browser.post(address[0].partition("?")[0], data=form) as response:
                    page = await response.text()
                    target = unescape(re.findall(r'action="([^"]+)"', page)[0])
                    manifest = unescape(re.findall(r'name="manifest" value="([^"]+)"', page)[0])
                async with browser.post(target, data={"manifest": manifest}) as response:
                    fields = re.findall(r'name="(\w+)" value="([^"]*)"', await response.text())
                # GitHub sends the browser back to this machine.
                async with browser.post(f"{github.url}/register", data={k: unescape(v) for k, v in fields}) as response:
                    assert response.url.host == "127.0.0.1"
                    assert "The App is registered" in await response.text()
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert f"{github_url}/apps/devmetrics-acme/installations/new" in out.decode()
    assert "https://devmetrics.acme.example/webhooks/github/" in out.decode()

    again = await devmetrics_on(database_url)("setup", "github", **environment)
    assert again.status == 1
    assert "devmetrics-acme is registered" in again.err


async def test_what_is_missing_is_said(database_url: str) -> None:
    devmetrics: Devmetrics = devmetrics_on(database_url)

    without_address = await devmetrics("setup", "github")
    assert (without_address.status, "PUBLIC_URL" in without_address.err) == (1, True)

    by_environment = await devmetrics(
        "setup", "github", PUBLIC_URL=f"http://127.0.0.1:{unused_port()}", GITHUB_WEBHOOK_SECRET="s" * 20
    )
    assert (by_environment.status, "GITHUB_WEBHOOK_SECRET" in by_environment.err) == (1, True)

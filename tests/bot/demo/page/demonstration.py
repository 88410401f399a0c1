"""`devmetrics demo` as a person starts it, in a process of its own."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.patience import SECONDS_TO_START

PROJECT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Demonstration:
    """What it printed: where its page and its JSON API are, and what the other words need."""

    page: str
    api: str
    token: str
    folder: str

    async def ask(self, question: str) -> dict[str, Any]:
        """`devmetrics ask --json`, beside the running demo."""
        process = await _devmetrics({"DATA_DIR": self.folder}, "ask", "--json", question)
        out, _ = await process.communicate()
        answer: dict[str, Any] = json.loads(out)
        return answer

    async def metrics(self, team: str, period: str) -> dict[str, Any]:
        """The JSON API's answer."""
        url, headers = f"{self.api}/api/v1/teams/{team}/metrics", {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers, raise_for_status=True) as session,
            session.get(url, params={"period": period}) as response,
        ):
            answer: dict[str, Any] = await response.json()
            return answer


@asynccontextmanager
async def demonstration(folder: Path) -> AsyncIterator[Demonstration]:
    """Running, and with the whole history loaded."""
    process = await _devmetrics({"DATA_DIR": str(folder), "PORT": "0"}, "demo")
    try:
        said = await asyncio.wait_for(_printed(process, "Ctrl-C ends it"), SECONDS_TO_START)
        yield Demonstration(
            page=_found(r"Open (http://127\.0\.0\.1:\d+/)", said),
            api=_found(r'"(http://127\.0\.0\.1:\d+)/api/', said),
            token=_found(r"Bearer ([^\"]+)", said),
            folder=_found(r"DATA_DIR=(\S+)", said),
        )
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def _devmetrics(environment: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=PROJECT,
        env={**kept, "PYTHONUNBUFFERED": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=None,
    )


async def _printed(process: asyncio.subprocess.Process, last: str) -> str:
    said = ""
    assert process.stdout is not None
    async for line in process.stdout:
        said += line.decode()
        if last in said:
            return said
    raise AssertionError(f"devmetrics demo ended: {said}")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in {text}"
    return found[1]

"""The image and its compose file, as far as they can be looked at without Docker."""

import asyncio
import json
import re
import sys
from pathlib import Path
from uuid import UUID

import yaml
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.settings import Settings
from bot.stopping import GRACE_SECONDS
from tests.bot.operator.test_serve import free_port

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


async def healthy(port: int) -> bool:
    told = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert told is not None
    _, *words = json.loads(told[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env={"PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait() == 0


async def test_the_image_is_healthy_while_its_server_answers(
    engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    async with TestServer(create_app(Settings(data_dir=tmp_path), engine, organization_id)) as server:
        assert server.port is not None
        assert await healthy(server.port)
    assert not await healthy(free_port())


def test_compose_keeps_the_data_in_a_volume_and_waits_for_its_last_commits() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    service = compose["services"]["devmetrics"]
    name, _, folder = service["volumes"][0].partition(":")
    assert name in compose["volumes"]
    assert folder == service["environment"]["DATA_DIR"]
    assert f"VOLUME {folder}" in DOCKERFILE
    assert int(service["stop_grace_period"].removesuffix("s")) > 2 * GRACE_SECONDS

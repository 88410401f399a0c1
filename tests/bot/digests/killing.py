"""What `devmetrics digest due` does, in processes of their own that are killed."""

import asyncio
import multiprocessing
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from uuid import UUID

from bot.digests.sending import Sending
from bot.slack.post import Poster
from storage.database import create_engine


@dataclass(frozen=True)
class Told:
    """What such a process is told."""

    database_url: str
    organization_id: UUID
    token: str
    api_url: str
    now: datetime


def start(told: Told) -> ForkServerProcess:
    # A server that has imported everything: the processes begin where they are worth killing.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=send_digests, args=(told,), daemon=True)
    process.start()
    return process


def send_digests(told: Told) -> None:
    asyncio.run(_send(told))


async def _send(told: Told) -> None:
    engine = create_engine(told.database_url)
    await Sending(engine, told.organization_id, Poster(told.token, told.api_url)).send_due(told.now)
    await engine.dispose()

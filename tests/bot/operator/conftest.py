from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox import Delivery
from handlers.inbox.postgres import PostgresInbox
from handlers.process import Worker
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.handlers.asking.conftest import another
from tests.handlers.deliveries import push

__all__ = ["another"]


@pytest.fixture
def devmetrics(database_url: str) -> Devmetrics:
    return devmetrics_on(database_url)


@pytest.fixture
async def three(engine: AsyncEngine, organization_id: UUID) -> None:
    """A delivery that is done, one that was ignored, one that failed; with the ids 1, 2, 3."""
    async with PostgresInbox(engine) as inbox:
        for event, body in (("push", msgspec.json.encode(push(1))), ("star", b"{}"), ("push", b"{broken \xff")):
            key = f"key-{event}-{len(body)}"
            await inbox.store(Delivery(organization_id, "github", None, key, event, body, datetime.now(UTC)))
    await Worker(engine).work()

"""How long linking takes when a thousand deployments are new, once there is a history."""

from datetime import UTC, datetime

import psutil

from handlers.reading import read_delivery
from storage.facts import write_records
from storage.linking import relink
from storage.migrate import ensure_organization
from storage.records import Record
from tests.benchmarks.load import PER_CHANGE, Load
from tests.benchmarks.processes import watching
from tests.benchmarks.setting import DELIVERIES, Setting, judge, say

NEW = 1000
TARGET_SECONDS = 5.0


async def measure_linking(setting: Setting) -> None:
    """Write a thousand changes with their deployments, spread over all repositories, and link them all at once."""
    begin = DELIVERIES // PER_CHANGE
    load = Load("large", (begin + NEW) * PER_CHANGE, datetime.now(UTC).replace(microsecond=0), setting.secret)
    records: list[Record] = []
    for index in range(begin * PER_CHANGE, (begin + NEW) * PER_CHANGE):
        event, body = load.delivery(index)
        records += read_delivery("github", event, body, load.end)
    async with setting.engine.begin() as connection:
        touched = await write_records(connection, await ensure_organization(connection, "default"), records)
        with watching(application=psutil.Process().pid, postgresql=setting.server) as usage:
            await relink(connection, touched.repositories)
    judge(
        f"  linking {NEW:,} new deployments of {len(touched.repositories)} repositories",
        usage.seconds,
        TARGET_SECONDS,
        " s",
    )
    say(f"    processors: {usage.shares()}; {usage.spent()}")

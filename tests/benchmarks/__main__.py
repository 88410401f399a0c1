"""`make bench`: how fast deliveries are taken, processed and linked, how fast a team is answered, in how much memory.

Everything runs on this machine, over the loopback, against a database of its own, and ends by itself. The sizes are
in the environment: BENCH_REQUESTS (deliveries per round at the door), BENCH_DELIVERIES (deliveries that are processed
and then reported on), BENCH_ANSWERS (how often the team is asked).
"""

import asyncio
import secrets
import tempfile
from pathlib import Path

from storage.database import create_engine
from storage.embedded import embedded_postgresql
from storage.migrate import ensure_organization, migrate
from tests.benchmarks.answers import measure_answers
from tests.benchmarks.doors import measure_doors
from tests.benchmarks.large import measure_large_repository
from tests.benchmarks.linking import measure_linking
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.processing import measure_processing, store_load
from tests.benchmarks.setting import DELIVERIES, Setting, say
from tests.benchmarks.stored import measure_stored


def main() -> None:
    say(describe_machine())
    with tempfile.TemporaryDirectory(prefix="devmetrics-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # As root, PostgreSQL runs as another user, who has to reach it.
        folder.chmod(0o711)
        asyncio.run(measure(folder))


async def measure(folder: Path) -> None:
    async with embedded_postgresql(folder) as url:
        await migrate(url)
        engine = create_engine(url)
        async with engine.begin() as connection:
            await ensure_organization(connection, "default")
        try:
            await measure_all(Setting(folder, secrets.token_hex(16), engine, url, postmaster(folder)))
        finally:
            await engine.dispose()


async def measure_all(setting: Setting) -> None:
    await measure_doors(setting)
    say(f"\n{DELIVERIES:,} deliveries of 50 repositories")
    await store_load(setting)
    await measure_processing(setting)
    await measure_answers(setting)
    await measure_linking(setting)
    await measure_large_repository(setting)
    await measure_stored(setting)


def postmaster(folder: Path) -> int:
    """The process id of the PostgreSQL server."""
    return int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


if __name__ == "__main__":
    main()

"""Write the next revision from the difference between the models and the migrations so far.

    python -m migrations "add bitbucket usernames"

It needs no database: it starts a throwaway server. Read what it wrote before you commit it.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from storage import embedded_server
from storage.database import create_engine
from storage.migrate import alembic_configuration, migrate


def write_revision(connection: sa.Connection, message: str) -> None:
    configuration = alembic_configuration(connection)
    configuration.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    number = len(list(ScriptDirectory.from_config(configuration).walk_revisions())) + 1
    command.revision(configuration, message, autogenerate=True, rev_id=f"{number:04d}")


async def write(sockets: Path, message: str) -> None:
    url = sa.URL.create("postgresql+asyncpg", embedded_server.USER, database="postgres", query={"host": str(sockets)})
    await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(write_revision, message)
    await engine.dispose()


def main(message: str) -> None:
    with tempfile.TemporaryDirectory(prefix="devmetrics-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        embedded_server.create_cluster(folder, sync=False)
        server = embedded_server.start_server(folder)
        try:
            while not embedded_server.is_ready(folder) and server.poll() is None:
                time.sleep(0.02)
            asyncio.run(write(embedded_server.socket_folder(folder), message))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])

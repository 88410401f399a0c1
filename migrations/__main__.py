"""Write the next revision from the difference between the models and the migrations so far.

    python -m migrations "add bitbucket usernames"

It needs no database: it starts a throwaway server. Read what it wrote before you commit it.
"""

import asyncio
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from storage.database import create_engine
from storage.embedded.throwaway import throwaway_server, url_of
from storage.migrate import alembic_configuration, migrate


def write_revision(connection: sa.Connection, message: str) -> None:
    configuration = alembic_configuration(connection)
    configuration.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    number = len(list(ScriptDirectory.from_config(configuration).walk_revisions())) + 1
    command.revision(configuration, message, autogenerate=True, rev_id=f"{number:04d}")


async def write(sockets: Path, message: str) -> None:
    url = url_of(sockets, "postgres")
    await migrate(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(write_revision, message)
    await engine.dispose()


def main(message: str) -> None:
    with throwaway_server() as sockets:
        asyncio.run(write(sockets, message))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])

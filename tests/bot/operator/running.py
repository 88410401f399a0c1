"""Runs `devmetrics` as its command line does, in this process."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.__main__ import main

# Whatever the machine that tests has set must not change what is tested.
KEPT = ("PATH", "HOME", "TMPDIR", "LANG")


class Result(NamedTuple):
    status: int
    out: str
    err: str


Devmetrics = Callable[..., Coroutine[Any, Any, Result]]


def devmetrics_on(database_url: str) -> Devmetrics:
    """`await devmetrics("deliveries", "list", LOG_LEVEL="debug")`, on this database."""

    async def devmetrics(*words: str, stdin: str = "", **environment: str) -> Result:
        given = {"DATABASE_URL": database_url, "SECRET_KEY": "k" * 32, "COLUMNS": "200", **environment}
        return await asyncio.to_thread(run, words, given, stdin)

    return devmetrics


def run(words: tuple[str, ...], environment: dict[str, str], stdin: str = "") -> Result:
    """Words in, exit status and what was printed out; with no other environment than this, and no terminal."""
    out, err, status = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(KEPT):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["devmetrics", *words])
        patch.setattr(sys, "stdin", StringIO(stdin))
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else 0
    return Result(status, out.getvalue(), err.getvalue())


async def states(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT state FROM webhook_deliveries ORDER BY id"))
        return [row.state for row in rows]

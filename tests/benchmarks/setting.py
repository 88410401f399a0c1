"""What every measurement needs: sizes from the environment, the targets, the database of this run."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "8000"))
DELIVERIES = int(os.environ.get("BENCH_DELIVERIES", "100000"))
ANSWERS = int(os.environ.get("BENCH_ANSWERS", "100"))
CONNECTIONS = 64


@dataclass(frozen=True)
class Setting:
    """One run. `url` is of its database; `server` is the process id of PostgreSQL."""

    folder: Path
    secret: str
    engine: AsyncEngine
    url: str
    server: int

    def environment(self, port: int) -> dict[str, str]:
        """For `devmetrics serve` beside the database of this run."""
        return {
            "DATA_DIR": str(self.folder),
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "GITHUB_WEBHOOK_SECRET": self.secret,
            "LOG_LEVEL": "warning",
        }


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def judge(name: str, value: float, target: float, unit: str, *, at_least: bool = False) -> None:
    """A line with a number beside its target."""
    met = value >= target if at_least else value <= target
    limit = "at least" if at_least else "at most"
    number = f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
    say(f"{name}: {number}{unit} (target: {limit} {target:,g}{unit}) {'met' if met else 'MISSED'}")

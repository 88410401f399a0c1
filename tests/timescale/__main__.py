"""Tests on hypertables: of storage, reports and stories on the server of TIMESCALE_DSN, or else what differs between
kinds of databases on the WebAssembly build behind bridge.mjs.

    make timescale

The build is one session in one process: what runs beside others there waits for them.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
DIFFERENT = (
    *(
        f"tests/storage/test_{what}.py"
        for what in ("timescale", "moving", "upgrading", "chunks", "continuous", "horizons", "recounting")
    ),
    "tests/storage/test_forgetting.py::test_nothing_names_the_person_and_the_numbers_are_unchanged",
    "tests/storage/test_forgetting.py::test_forgetting_what_outlived_retention_changes_no_aggregate",
    "tests/stories/test_kinds_agree.py",
    "tests/reports/test_plans.py",
)
EVERY = ("-n", "logical", "-m", "not slow", "tests/storage", "tests/reports", "tests/stories")


def run_tests(dsn: str, tests: Sequence[str], arguments: list[str]) -> int:
    environment = {**os.environ, "TIMESCALE_DSN": dsn}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *tests, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    if dsn := os.environ.get("TIMESCALE_DSN"):
        return run_tests(dsn, EVERY, arguments)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    bridge = subprocess.Popen(["node", "bridge.mjs", "0"], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    try:
        assert bridge.stdout is not None
        port = int(bridge.stdout.readline())
        return run_tests(f"postgresql://postgres@127.0.0.1:{port}/postgres", DIFFERENT, arguments)
    finally:
        bridge.terminate()
        bridge.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

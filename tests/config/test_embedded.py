"""Postgres and Redis from their wheels: private, durable, and never in the way of the next start."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded import postgres_files, servers
from config.embedded.data_folder import DataFolder, free_port
from config.failures import CannotStart

pytestmark = pytest.mark.requirement("O4")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's Postgres runs under another user")

HOLD = """
import sys, time
from pathlib import Path
from config.embedded import servers
with servers(Path(sys.argv[1]), durable=False) as running:
    print(running.postgres.process.pid, running.redis.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that every user can enter."""
    home = Path(tempfile.mkdtemp(prefix="interlock-test-"))
    home.chmod(0o755)
    yield home / "data"
    DataFolder(home / "data").remove()
    shutil.rmtree(home)


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder inside one that only we can enter."""
    tmp_path.chmod(0o700)
    yield tmp_path / "data"
    DataFolder(tmp_path / "data").remove()


def test_the_servers_answer_on_loopback_with_passwords_of_their_own(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        assert "@127.0.0.1:" in running.database_url
        with psycopg.connect(running.database_url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == (False, True)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.database_url.replace(running.folder.secret("database"), "wrong"))
        with redis.Redis(port=running.redis.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_nothing_of_a_data_folder_can_be_read_by_others(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        secrets = [path for path in folder.rglob("*") if path.is_file() and path.parent.name == "secrets"]
        assert len(secrets) >= 3
        for path in [*secrets, folder / "redis" / "redis.conf"]:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        arguments = " ".join(
            part
            for server in (running.postgres, running.redis)
            for part in psutil.Process(server.process.pid).cmdline()  # type: ignore[union-attr]
        )
        assert not any(path.read_text() in arguments for path in secrets)


def test_what_was_written_is_there_at_the_next_start_on_the_same_ports(folder: Path) -> None:
    with servers(folder) as first, psycopg.connect(first.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        urls = (first.database_url, first.redis_url)
    with servers(folder) as second, psycopg.connect(second.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert (second.database_url, second.redis_url) == urls


def test_a_taken_port_is_left_to_whoever_has_it(folder: Path) -> None:
    with servers(folder, durable=False) as first:
        taken = first.redis.port
        with servers(folder.with_name("other"), durable=False) as other:
            pass
        DataFolder(folder.with_name("other")).write_note("redis.port", str(taken))
        with servers(folder.with_name("other"), durable=False) as other:
            assert other.redis.port != taken


def test_a_second_platform_on_the_folder_is_refused(folder: Path) -> None:
    with (
        servers(folder, durable=False),
        pytest.raises(CannotStart, match=f"already runs on {folder}"),
        servers(folder),
    ):
        pass


def test_servers_whose_parent_was_killed_do_not_hinder_the_next_start(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    left = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    with parent.stdout:
        parent.kill()
        parent.wait()
    with servers(folder, durable=False) as running, psycopg.connect(running.database_url):
        assert not any(process.is_running() for process in left)


def test_a_stopped_or_killed_server_comes_back_on_its_port(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        for server in (running.postgres, running.redis):
            port = server.port
            assert server.process is not None
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.start()
            assert server.port == port
        with psycopg.connect(running.database_url), redis.Redis.from_url(running.redis_url) as client:
            assert client.ping()


def test_a_pid_file_that_names_a_stranger_is_not_believed(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        cluster = postgres_files.cluster(running.folder)
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    (folder / "redis" / "redis.pid").write_text(str(os.getpid()))
    with servers(folder, durable=False) as running, psycopg.connect(running.database_url):
        assert psutil.pid_exists(os.getpid())


@pytest.mark.parametrize("place", ["/proc/interlock", "/dev/null/interlock"])
def test_a_folder_that_cannot_be_made_is_refused_with_its_name(place: str) -> None:
    with pytest.raises(CannotStart, match=f"The data folder {place} cannot be used") as refusal:
        DataFolder.at(Path(place))
    assert "--data" in refusal.value.message


def test_a_cluster_of_another_postgres_is_refused(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        cluster = postgres_files.cluster(running.folder)
    (cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match="is of Postgres 17, but this Interlock brings 18"), servers(folder):
        pass


def test_a_server_that_ends_at_once_says_why(folder: Path) -> None:
    with servers(folder, durable=False) as running:
        cluster = postgres_files.cluster(running.folder)
    (cluster / "global" / "pg_control").unlink()
    with pytest.raises(CannotStart, match="Postgres ended right after its start"), servers(folder):
        pass


@as_root
def test_a_folder_that_postgres_cannot_enter_keeps_its_cluster_outside(closed_folder: Path) -> None:
    with servers(closed_folder, durable=False) as running, psycopg.connect(running.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    outside = Path(running.folder.note("postgres.location"))
    assert outside.parent == postgres_files.OUTSIDE
    moved = closed_folder.rename(closed_folder.with_name("moved"))
    with servers(moved, durable=False) as running, psycopg.connect(running.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    moved.rename(closed_folder)
    running.folder.remove()
    DataFolder(closed_folder).remove()
    assert not outside.exists()


@as_root
def test_programs_that_postgres_cannot_reach_are_copied_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres_files._package()
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    (hidden / package.name).symlink_to(package)
    (hidden / f"{package.name}.libs").symlink_to(package.with_name(f"{package.name}.libs"))
    outside = folder.parent / "outside"
    monkeypatch.setattr(postgres_files, "OUTSIDE", outside)
    monkeypatch.setattr(postgres_files, "_package", lambda: hidden / package.name)
    postgres_files.programs.cache_clear()
    try:
        with servers(folder, durable=False) as running, psycopg.connect(running.database_url):
            assert postgres_files.programs().is_relative_to(outside)
            [copied] = outside.iterdir()
            made = copied.stat().st_mtime
        postgres_files.programs.cache_clear()
        assert postgres_files.programs().is_relative_to(copied)
        assert copied.stat().st_mtime == made
    finally:
        postgres_files.programs.cache_clear()


def test_a_free_port_is_the_preferred_one_unless_somebody_listens_there() -> None:
    port = free_port()
    assert free_port(str(port)) == port

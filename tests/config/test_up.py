"""`interlock up`: everything from one command, everything gone after it, nothing lost in between."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from config.embedded import Servers
from config.embedded.data_folder import DataFolder, free_port
from config.record import Record

pytestmark = [pytest.mark.requirement("O4"), pytest.mark.platform]

READY_SECONDS = 90
PARTS = {"postgres", "redis", "web", "dispatcher", "worker-1", "beat", "flower"}


class Up:
    """`interlock up` in a process of its own on one data folder, and commands beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.output = folder.with_name("output")

    def environment(self, **variables: str) -> dict[str, str]:
        servers = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
        kept = {k: v for k, v in os.environ.items() if k not in servers and not k.startswith("INTERLOCK_")}
        return kept | variables

    def start(self, *options: str, **variables: str) -> Up:
        argv = [sys.executable, "-m", "config", "up", "--data", str(self.folder), "--port", str(self.port), *options]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                argv, stdout=output, stderr=subprocess.STDOUT, text=True, env=self.environment(**variables)
            )
        return self

    def ready(self) -> Up:
        give_up = time.monotonic() + READY_SECONDS
        while f"Interlock is ready at {self.url}\n" not in self.said():
            assert self.process is not None
            assert self.process.poll() is None, f"it ended: {self.said()}"
            assert time.monotonic() < give_up, f"it never got ready: {self.said()}"
            time.sleep(0.05)
        return self

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def said(self) -> str:
        return self.output.read_text()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def record(self) -> Record:
        record = Record.read(self.folder)
        assert record is not None
        return record

    def left(self) -> list[str]:
        """Command lines of processes that still belong to the folder."""
        found = []
        for process in psutil.process_iter():
            try:
                mark = process.environ().get("INTERLOCK_DATA") == str(self.folder)
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if (mark or str(self.folder) in line) and process.pid != os.getpid():
                found.append(line)
        return found

    @property
    def process_id(self) -> int:
        assert self.process is not None
        return self.process.pid

    def doctor(self) -> str:
        """What it says of the data folder."""
        checks = json.loads(self.interlock("doctor", "--json", "--data", str(self.folder)).stdout)["checks"]
        return str(next(check["sentence"] for check in checks if check["name"] == "data folder"))

    def interlock(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "config", *arguments]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=self.environment(**variables))


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    own = Up(tmp_path / "data")
    yield own
    if own.process is not None and own.process.poll() is None:
        own.end()
    DataFolder(own.folder).remove()


def test_one_command_starts_everything_and_a_signal_ends_everything(up: Up) -> None:
    up.start().ready()
    assert re.search(r"^Sign in as admin / \S{12,} \(kept in ", up.said(), re.MULTILINE)
    assert {process.name for process in up.record().processes} == PARTS
    assert httpx.get(f"{up.url}/readyz").json()["status"] == "ready"
    assert httpx.get(f"{up.url}/healthz/").json() == {"status": "alive"}

    printed = up.interlock("env", "--data", str(up.folder))
    exports = dict(line.removeprefix("export ").split("=", 1) for line in printed.stdout.splitlines())
    exports = {name: shlex.split(value)[0] for name, value in exports.items()}
    assert set(exports) == {"DATABASE_URL", "REDIS_URL", "INTERLOCK_URL", "INTERLOCK_TOKEN"}
    assert exports["INTERLOCK_URL"] == up.url
    assert json.loads(up.interlock("env", "--data", str(up.folder), "--json").stdout) == exports

    assert f"{up.folder}: a platform runs here (process {up.process_id})," in up.doctor()

    second = up.interlock("up", "--data", str(up.folder), "--port", str(free_port()))
    assert second.returncode == 1
    assert f"Interlock already runs on {up.folder} at {up.url} (process " in second.stderr

    began = time.monotonic()
    assert up.end() == 0
    assert time.monotonic() - began < 15
    assert up.left() == []
    assert up.interlock("env", "--data", str(up.folder)).returncode == 3
    assert f"{up.folder}: a platform has run here and does not run now," in up.doctor()


@pytest.mark.requirement("W2")
def test_after_kill_9_of_the_parent_the_next_start_finds_everything_again(up: Up) -> None:
    up.start().ready()
    with psycopg.connect(up.record().database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    before = up.record()
    up.end(signal.SIGKILL)

    up.start().ready()
    assert "Sign in as" not in up.said()
    record = up.record()
    assert (record.database_url, record.redis_url) == (before.database_url, before.redis_url)
    with psycopg.connect(record.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    alive = {process.pid for process in record.processes}
    assert not [process for process in before.processes if process.pid in alive]
    assert up.end(signal.SIGINT) == 0
    assert up.left() == []


def test_every_part_that_is_killed_comes_back(up: Up) -> None:
    up.start().ready()
    before = {process.name: process.pid for process in up.record().processes}
    for pid in before.values():
        psutil.Process(pid).kill()

    def all_back() -> bool:
        now = {process.name: process.pid for process in up.record().processes}
        return set(now) == PARTS and not set(now.values()) & set(before.values()) and up.is_ready()

    give_up = time.monotonic() + READY_SECONDS
    while not all_back():
        assert time.monotonic() < give_up, up.said()
        time.sleep(0.1)
    assert "dispatcher ended with signal SIGKILL; starting it again in 0.5 s" in up.said()
    assert up.end() == 0
    assert up.left() == []


def test_a_signal_during_the_start_leaves_nothing_either(up: Up) -> None:
    up.start()
    give_up = time.monotonic() + 30
    while not (up.folder / "logs" / "prepare.log").exists():
        assert time.monotonic() < give_up, up.said()
        time.sleep(0.02)
    assert up.end() == 0
    assert up.left() == []
    assert "ready" not in up.said()


def test_given_servers_are_used_and_none_is_started(up: Up, servers: Servers) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE given")
    database_url = servers.database_url.rpartition("/")[0] + "/given"
    redis_url = servers.redis_url[:-1] + "15"
    up.start("--no-demo-data", DATABASE_URL=database_url, REDIS_URL=redis_url).ready()
    record = up.record()
    assert (record.database_url, record.redis_url, record.token) == (database_url, redis_url, "")
    assert {process.name for process in record.processes} == PARTS - {"postgres", "redis"}
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM agents_workspace").fetchone() == (0,)
    assert up.end() == 0
    assert up.left() == []


def test_a_port_in_use_is_named_and_nothing_is_started(up: Up) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = up.interlock("up", "--data", str(up.folder), "--port", str(port))
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Port {port} on 127.0.0.1 cannot be used (address already in use); give another one with --port.\n"
    )
    assert not (up.folder / "postgres").exists()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"},
            "postgresql://u@127.0.0.1:1/x cannot be used: Connection refused",
        ),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL is wrong: it should look like postgresql://"),
        ({"INTERLOCK_COLOR": "red"}, "INTERLOCK_COLOR is not a setting of Interlock"),
    ],
)
def test_a_wrong_setting_is_one_sentence(up: Up, variables: dict[str, str], sentence: str) -> None:
    done = up.interlock("up", "--data", str(up.folder), "--port", str(up.port), **variables)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert "secret" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_one_sentence(up: Up) -> None:
    done = up.interlock("up", "--data", "/proc/interlock", "--port", str(up.port))
    assert done.returncode == 1
    assert done.stderr.startswith("The data folder /proc/interlock cannot be used (")
    assert done.stderr.count("\n") == 1

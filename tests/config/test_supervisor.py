"""One parent starts again what dies and leaves no process behind, however it ends itself."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

Start = Callable[..., "Supervised"]


class Supervised:
    """A supervisor in a process of its own, and what it says."""

    def __init__(self, folder: Path, *commands: str) -> None:
        argv = [sys.executable, "-m", "tests.config.supervised", str(folder), *commands]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.said: list[str] = []

    def line(self, pattern: str) -> re.Match[str]:
        """The next line it says that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"it never said {pattern!r} but {self.said}")

    def pid(self, part: str) -> int:
        return int(self.line(rf"{part}=(\d+)").group(1))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def start(*commands: str) -> Supervised:
        started.append(Supervised(tmp_path / "data", *commands))
        return started[-1]

    yield start
    for each in started:
        each.close()


def gone(pid: int, within: float = 5) -> bool:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        give_up = time.monotonic() + within
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
    return True


def written(path: Path) -> int:
    """The number in a file, as soon as it is there."""
    give_up = time.monotonic() + 10
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < give_up, f"{path} was never written"
        time.sleep(0.02)
    return int(path.read_text())


def test_a_part_that_dies_is_started_again_and_said_so(start: Start) -> None:
    running = start("exec sleep 100")
    first = running.pid("part-1")
    psutil.Process(first).kill()
    running.line(r"part-1 ended with signal SIGKILL; starting it again in 0\.5 s")
    assert running.pid("part-1") != first


def test_a_part_that_keeps_dying_is_given_longer_and_longer_pauses_and_its_last_words(start: Start) -> None:
    running = start("echo the disk is full; exit 3")
    running.line(r"part-1 ended with exit code 3 \(the disk is full\); starting it again in 0\.5 s")
    running.line(r"starting it again in 1 s")
    running.line(r"starting it again in 2 s")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_part_in_good_order(start: Start, number: signal.Signals) -> None:
    running = start("exec sleep 100", "exec sleep 100")
    found = running.line(r"part-1=(\d+) part-2=(\d+)")
    running.process.send_signal(number)
    running.line("stopped")
    assert running.process.wait(15) == 0
    assert all(gone(int(pid), within=0) for pid in found.groups())


def test_who_ignores_the_signal_and_who_left_the_family_are_ended_too(start: Start, tmp_path: Path) -> None:
    daemon = f"setsid sh -c 'echo $$ > {tmp_path}/daemon; sleep 100' & "
    stubborn = "trap '' TERM; while true; do sleep 0.1; done"
    running = start(daemon + stubborn)
    pid = running.pid("part-1")
    daemon_pid = written(tmp_path / "daemon")
    began = time.monotonic()
    running.process.terminate()
    assert running.process.wait(15) == 0
    assert time.monotonic() - began < 15
    assert gone(pid, within=0)
    assert gone(daemon_pid, within=0)


def test_what_a_dead_part_left_in_its_group_dies_with_it(start: Start, tmp_path: Path) -> None:
    running = start(f"sleep 100 & echo $! > {tmp_path}/child; wait")
    first = running.pid("part-1")
    child = written(tmp_path / "child")
    psutil.Process(first).kill()
    running.line("starting it again")
    assert gone(child)


def test_when_the_parent_is_killed_its_parts_end_and_the_next_start_ends_the_stubborn(start: Start) -> None:
    running = start("exec sleep 100", "trap '' TERM; while true; do sleep 0.1; done")
    polite, stubborn = (int(pid) for pid in running.line(r"part-1=(\d+) part-2=(\d+)").groups())
    running.process.kill()
    running.process.wait()
    if sys.platform == "linux":
        assert gone(polite)
    again = start("exec sleep 100")
    assert int(again.line(r"leftovers (\d+)").group(1)) >= 1
    assert gone(stubborn, within=0)

"""The bounds of the local sandbox, each passed by a real program. All of them are small: the machine is shared."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agents.sandbox.base import Bound
from agents.sandbox.local import LocalSandbox
from tests.agents.sandbox.probes import PYTHON, SMALL, Output, run

pytestmark = pytest.mark.requirement("W9", "J5")

linux = pytest.mark.skipif(sys.platform != "linux", reason="watched through /proc")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[LocalSandbox]:
    yield LocalSandbox(tmp_path)
    assert not _left_behind(tmp_path)


def _left_behind(directory: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(directory)]


@linux
def test_memory(sandbox: LocalSandbox) -> None:
    hungry = "import time\nx = []\nwhile True: x.append(bytearray(4_000_000)); time.sleep(0.002)"

    ended, _ = run(sandbox, [*PYTHON, hungry], replace(SMALL, memory_mb=64))

    assert ended.bound is Bound.MEMORY
    assert 64 < ended.usage.max_rss_mb < 512


@linux
def test_memory_of_all_processes_together(sandbox: LocalSandbox) -> None:
    part = f"{PYTHON[0]} -I -S -c 'import time; x = bytearray(30_000_000); time.sleep(600)'"

    ended, _ = run(sandbox, ["sh", "-c", f"{part} & {part} & {part} & wait"], replace(SMALL, memory_mb=80))

    assert ended.bound is Bound.MEMORY


@linux
def test_memory_that_processes_share_is_counted_once(sandbox: LocalSandbox) -> None:
    sharing = "import os, time\nx = bytearray(40_000_000)\nos.fork(); os.fork(); time.sleep(0.5)"

    ended, _ = run(sandbox, [*PYTHON, sharing], replace(SMALL, memory_mb=100))

    assert (ended.code, ended.bound) == (0, None)


@linux
def test_a_fork_bomb_is_ended(sandbox: LocalSandbox) -> None:
    # Bounded by itself too, should the sandbox fail: 2^9 processes that sleep for a minute.
    bomb = "import os, time\nfor _ in range(9): os.fork()\ntime.sleep(60)"

    ended, _ = run(sandbox, [*PYTHON, bomb], replace(SMALL, processes=40, memory_mb=None))

    assert ended.bound is Bound.PROCESSES


@linux
def test_threads_count_as_processes_do(sandbox: LocalSandbox) -> None:
    threads = "import _thread, time\nfor _ in range(80): _thread.start_new_thread(time.sleep, (60,))\ntime.sleep(60)"

    ended, _ = run(sandbox, [*PYTHON, threads], replace(SMALL, processes=40))

    assert ended.bound is Bound.PROCESSES


def test_processor_time_of_one_process(sandbox: LocalSandbox) -> None:
    ended, _ = run(sandbox, [*PYTHON, "while True: pass"], replace(SMALL, cpu_seconds=1))

    assert ended.bound is Bound.CPU_SECONDS
    assert 0.9 < ended.usage.cpu_seconds < 3


@linux
def test_processor_time_of_many_short_processes(sandbox: LocalSandbox) -> None:
    busy = f"while :; do {PYTHON[0]} -I -S -c 'for _ in range(2_000_000): pass'; done"

    ended, _ = run(sandbox, ["sh", "-c", busy], replace(SMALL, cpu_seconds=1))

    assert ended.bound is Bound.CPU_SECONDS
    assert 0.9 < ended.usage.cpu_seconds < 3


def test_file_size(sandbox: LocalSandbox) -> None:
    ended, _ = run(sandbox, ["sh", "-c", "exec head -c 9000000 /dev/zero > big"], replace(SMALL, file_mb=1))

    assert ended.bound is Bound.FILE_SIZE
    assert (sandbox.directory / "big").stat().st_size == 1024 * 1024


def test_open_files(sandbox: LocalSandbox) -> None:
    code = "files = [open('/dev/null') for _ in range(100)]"

    ended, output = run(sandbox, [*PYTHON, code], replace(SMALL, open_files=50))

    assert ended.code == 1
    assert "Too many open files" in output.of("stderr")[-1]


@linux
@pytest.mark.skipif(os.cpu_count() == 1, reason="there is only one processor")
def test_processors(sandbox: LocalSandbox) -> None:
    ended, output = run(sandbox, ["nproc"], replace(SMALL, cpu=0.5))

    assert (ended.code, output.text) == (0, "1")


@linux
def test_no_core_no_new_privileges_and_behind_the_platform(sandbox: LocalSandbox) -> None:
    _, output = run(sandbox, ["sh", "-c", "ulimit -c; grep NoNewPrivs /proc/self/status; nice"])

    assert output.of("stdout") == ["0", "NoNewPrivs:\t1", str(os.nice(0) + 5)]


def test_signals_that_python_ignores_act_as_usual(sandbox: LocalSandbox) -> None:
    ended, output = run(sandbox, ["sh", "-c", "yes | head -1; kill -PIPE $$"])

    assert output.of("stdout") == ["y"]
    assert ended.signal == 13


def test_a_flood_of_output_does_not_fill_memory(sandbox: LocalSandbox) -> None:
    taken = 0

    async def count(stream: str, text: str) -> None:
        nonlocal taken
        taken += len(text) + 1

    async def scenario() -> None:
        flood = ["sh", "-c", "yes 0123456789012345678901234567890123456789012345678 | head -c 100000000"]
        assert (await sandbox.run(flood, on_line=count, limits=SMALL)).code == 0

    before = psutil.Process().memory_info().rss
    asyncio.run(scenario())

    assert taken == 100_000_000
    assert psutil.Process().memory_info().rss - before < 20_000_000


def test_a_line_without_end_comes_in_pieces(sandbox: LocalSandbox) -> None:
    longest = 0
    taken = 0

    async def measure(stream: str, text: str) -> None:
        nonlocal longest, taken
        longest = max(longest, len(text))
        taken += len(text)

    async def scenario() -> None:
        await sandbox.run(["sh", "-c", "head -c 20000000 /dev/zero | tr '\\0' x"], on_line=measure, limits=SMALL)

    asyncio.run(scenario())

    assert (longest, taken) == (16 * 1024, 20_000_000)


def test_a_slow_log_slows_the_program_and_not_the_memory(sandbox: LocalSandbox) -> None:
    """The program may be ahead by what the pipe and one chunk hold, and by no more."""
    writing = "import os\nfor n in range(200):\n os.write(1, b'x' * 9999 + b'\\n')\n os.truncate('ahead', n)"

    async def scenario() -> None:
        gate = asyncio.Event()

        async def wait(stream: str, text: str) -> None:
            await gate.wait()

        ahead = sandbox.directory / "ahead"
        ahead.touch()
        program = asyncio.create_task(sandbox.run([*PYTHON, writing], on_line=wait, limits=SMALL))
        await asyncio.wait([program], timeout=0.5)
        assert not program.done()
        assert 0 < ahead.stat().st_size < 30
        gate.set()
        assert (await program).code == 0

    asyncio.run(scenario())


def test_usage_adds_up_over_programs(sandbox: LocalSandbox) -> None:
    async def scenario() -> None:
        for _ in range(2):
            await sandbox.run([*PYTHON, "for i in range(2_000_000): pass"], on_line=Output(), limits=SMALL)

    asyncio.run(scenario())

    assert sandbox.usage.cpu_seconds > 0.04

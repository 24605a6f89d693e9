"""The local guard, when the platform itself dies, hangs, or is attacked by the program."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.sandbox import guarded, shim
from agents.sandbox.local import LocalSandbox
from tests.agents.sandbox.probes import PYTHON, SMALL, Output, alive, open_files, pid_in, until, wait_until, written

pytestmark = pytest.mark.requirement("W9")

KEEPER = """
import asyncio, sys
from pathlib import Path
from agents.sandbox.base import Limits
from agents.sandbox.local import LocalSandbox

async def ignore(stream, text): pass

sandbox = LocalSandbox(Path(sys.argv[1]))
sandbox.renew(float(sys.argv[3]))
asyncio.run(sandbox.run(["sh", "-c", sys.argv[2]], on_line=ignore, limits=Limits()))
"""

FAMILY = """
echo $$ > shell
sleep 600 & echo $! > child
setsid sh -c 'echo $$ > daemon; trap "" TERM HUP; while :; do sleep 0.05; done' &
wait
"""


def start_keeper(directory: Path, script: str, seconds: float = 60) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", KEEPER, str(directory), script, str(seconds)])


def family(directory: Path) -> list[int]:
    files = [directory / name for name in ("shell", "child", "daemon")]
    wait_until(lambda: all(map(written, files)))
    return [pid_in(file) for file in files]


@pytest.mark.skipif(sys.platform != "linux", reason="a daemon is found through the kernel's subreaper")
def test_kill_9_of_the_keeper_kills_all_of_it(tmp_path: Path) -> None:
    keeper = start_keeper(tmp_path, FAMILY)
    pids = family(tmp_path)
    guard = psutil.Process(pids[0]).ppid()

    keeper.kill()
    keeper.wait()

    assert wait_until(lambda: not any(map(alive, [*pids, guard]))) < 1


@pytest.mark.skipif(sys.platform != "linux", reason="a daemon is found through the kernel's subreaper")
def test_a_frozen_keeper_loses_its_program_when_the_time_of_its_renewal_is_over(tmp_path: Path) -> None:
    keeper = start_keeper(tmp_path, FAMILY, seconds=2)
    try:
        pids = family(tmp_path)
        keeper.send_signal(signal.SIGSTOP)
        wait_until(lambda: not any(map(alive, pids)), 5)
    finally:
        keeper.kill()
        keeper.wait()


def test_term_to_the_guard_stops_its_program_with_the_grace(tmp_path: Path) -> None:
    async def scenario() -> None:
        sandbox = LocalSandbox(tmp_path)
        argv = ["sh", "-c", "trap 'echo asked > asked; exit 4' TERM; echo $$ > pid; while :; do sleep 0.01; done"]
        program = asyncio.create_task(sandbox.run(argv, on_line=Output(), limits=SMALL))
        await until(lambda: written(tmp_path / "pid"))
        os.kill(psutil.Process(pid_in(tmp_path / "pid")).ppid(), signal.SIGTERM)
        assert (await program).code == 4

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="reads the environment of others in /proc")
def test_a_program_that_kills_its_guard_dies_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        sandbox = LocalSandbox(tmp_path)
        killer = FAMILY.replace("wait\n", "until [ -s daemon ]; do sleep 0.01; done; kill -9 $PPID; wait\n")
        with pytest.raises(Failure) as failed:
            await sandbox.run(["sh", "-c", killer], on_line=Output(), limits=SMALL)
        assert (failed.value.kind, failed.value.code) == (FailureKind.CRASHED, "sandbox_lost")
        assert not any(alive(pid_in(tmp_path / name)) for name in ("shell", "child", "daemon"))

    asyncio.run(scenario())


ESCAPING_BOMB = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        os.setsid()
open(f'pids/{os.getpid()}', 'w').close()
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a daemon is found through the kernel's subreaper")
def test_sixty_four_processes_in_sessions_of_their_own_do_not_get_away(tmp_path: Path) -> None:
    (tmp_path / "pids").mkdir()

    async def scenario() -> None:
        sandbox = LocalSandbox(tmp_path)
        program = asyncio.create_task(sandbox.run([*PYTHON, ESCAPING_BOMB], on_line=Output(), limits=SMALL))
        await until(lambda: len(os.listdir(tmp_path / "pids")) == 64)
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        assert not [name for name in os.listdir(tmp_path / "pids") if alive(int(name))]

    asyncio.run(scenario())


def test_a_pipe_that_somebody_outside_holds_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """The program hands its standard output over a socket to a process that is none of its own."""
    code = (
        "import socket, array\n"
        "s = socket.socket(socket.AF_UNIX); s.connect('takes')\n"
        "s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [1]))])\n"
        "print('given away', flush=True)\n"
    )

    async def scenario() -> None:
        with socket.socket(socket.AF_UNIX) as takes:
            takes.bind(str(tmp_path / "takes"))
            takes.listen()
            output = Output()
            sandbox = LocalSandbox(tmp_path)
            async with asyncio.timeout(10):
                ended = await sandbox.run([sys.executable, "-I", "-c", code], on_line=output, limits=SMALL)
            connection, _ = takes.accept()
            received = socket.recv_fds(connection, 1, 1)[1]
            assert ended.code == 0
            assert output.of("stdout") == ["given away"]
            os.close(received[0])
            connection.close()

    asyncio.run(scenario())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_kernel_without_lists_of_children_gives_the_same_descendants(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 600 & echo; wait"], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert child.stdout
        child.stdout.readline()
        expected = sorted(process.pid for process in shim.descendants())
        monkeypatch.setattr(shim, "KERNEL_LISTS_CHILDREN", False)
        assert sorted(process.pid for process in shim.descendants()) == expected
        assert len([pid for pid in expected if os.getpgid(pid) == child.pid]) == 2
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def test_a_cancellation_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    """From before the guard has started until after the program has ended."""

    others = set(psutil.Process().children(recursive=True))  # the servers of other tests

    async def scenario() -> None:
        sandbox = LocalSandbox(tmp_path)
        await sandbox.run(["true"], on_line=Output(), limits=SMALL)
        before = open_files()
        for step in range(30):
            program = asyncio.create_task(sandbox.run(["sleep", "0.01"], on_line=Output(), limits=SMALL))
            await asyncio.wait([program], timeout=step * 0.001)
            program.cancel()
            await asyncio.gather(program, return_exceptions=True)
            assert program.done()
        assert open_files() == before

    asyncio.run(scenario())
    wait_until(lambda: set(psutil.Process().children(recursive=True)) <= others)


def test_without_what_linux_adds_the_group_still_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "elsewhere.py"
    script.write_text(f"import sys\nsys.platform = 'darwin'\nexec(open({shim.__file__!r}).read())\n")
    monkeypatch.setattr(guarded, "_script", lambda: str(script))

    async def scenario() -> None:
        sandbox = LocalSandbox(tmp_path)
        left = await sandbox.run(["sh", "-c", "sleep 600 & echo $! > left"], on_line=Output(), limits=SMALL)
        assert left.code == 0
        await until(lambda: not alive(pid_in(tmp_path / "left")))

        waits = "sleep 600 & echo $! > child; wait"
        program = asyncio.create_task(sandbox.run(["sh", "-c", waits], on_line=Output(), limits=SMALL))
        await until(lambda: written(tmp_path / "child"))
        program.cancel()
        with pytest.raises(asyncio.CancelledError):
            await program
        await until(lambda: not alive(pid_in(tmp_path / "child")))

        sandbox.renew(0.2)
        ended = await sandbox.run(["sleep", "600"], on_line=Output(), limits=SMALL)
        assert ended.bound == "renewal"

    asyncio.run(scenario())

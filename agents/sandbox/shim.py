"""The guard of one program: starts it, bounds it, and ends all of it when its keeper is gone.

Run as `python -I -S -E shim.py` by `local.py`, with the keeper's socket as standard input and the program's
output pipes as standard output and error. It imports as little as it can (no `os`, no `json`), because it
starts with every program.

Keeper and guard speak in frames: four bytes of length, then a marshalled tuple (both are the same Python).

    keeper -> guard   (START, plan), (RENEW, seconds), (STOP, grace seconds), (KILL,)
    guard -> keeper   (STARTED, pid) or (REFUSED, stage, errno, path), then
                      (EXITED, wait status, bound or None, cpu seconds, max rss in bytes)

All of the program dies when the socket closes (the keeper is dead, even by kill -9), when the time given by
the last renewal is over, when a bound is passed, and when the program's first process has ended. On Linux "all
of it" is every descendant, also one that called setsid or lost its parent, because the guard is their
subreaper. Elsewhere it is the process group, and only what setrlimit knows is bounded.
"""

import _signal  # type: ignore[import-not-found]
import marshal
import posix
import resource
import select
import sys
import time

START, RENEW, STOP, KILL, STARTED, REFUSED, EXITED = range(7)

SIGKILL = _signal.SIGKILL
SAMPLE_SECONDS = 0.1
LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38

# It also runs while the machine sleeps: so does the database's clock, which ends the lease.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
NEVER = float("inf")
PAGE = posix.sysconf("SC_PAGE_SIZE")
TICKS = posix.sysconf("SC_CLK_TCK")


def pack(frame: tuple) -> bytes:
    body = marshal.dumps(frame)
    return len(body).to_bytes(4, "big") + body


class Frames:
    """Cuts what was read into frames."""

    def __init__(self) -> None:
        self.buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple]:
        self.buffer += data
        frames = []
        while len(self.buffer) >= 4:
            end = 4 + int.from_bytes(self.buffer[:4], "big")
            if len(self.buffer) < end:
                break
            frames.append(marshal.loads(bytes(self.buffer[4:end])))  # noqa: S302 (from our own keeper)
            del self.buffer[:end]
        return frames


def now() -> float:
    return time.clock_gettime(CLOCK)


def prctl(option: int, value: int) -> None:
    """Linux only; `_ctypes` itself, since importing `ctypes` costs a third of the guard's whole start."""
    if not LINUX:
        return
    try:
        import _ctypes

        function = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type]
        _ctypes.call_function(function, (option, value, 0, 0, 0))
    except (ImportError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class Start:
    """In the forked child: from here to the program, or a report of what stood in the way."""

    def __init__(self, plan: dict, guard: int) -> None:
        self.plan = plan
        self.guard = guard
        self.stage = "prepare"
        self.path = b""

    def run(self, report: int) -> None:
        """Never returns."""
        try:
            self.prepare()
            self.stage = "directory"
            posix.chdir(self.plan["cwd"])
            self.stage = "execute"
            error = self.execute()
        except OSError as problem:
            error = problem
        except BaseException as problem:  # nothing may return from here into the guard's own code
            error, self.path = OSError(0, "unexpected"), repr(problem).encode()
        posix.write(report, marshal.dumps((self.stage, error.errno or 0, self.path)))
        posix._exit(127)

    def prepare(self) -> None:
        posix.setsid()
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        for number in _signal.valid_signals():
            if number not in (SIGKILL, _signal.SIGSTOP):
                try:
                    _signal.signal(number, _signal.SIG_DFL)
                except (OSError, ValueError):
                    pass  # the C library keeps a few for itself
        prctl(PR_SET_PDEATHSIG, SIGKILL)
        if posix.getppid() != self.guard:
            posix._exit(127)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        posix.umask(0o022)
        self.bind()
        posix.dup2(self.plan["stdin"], 0)
        posix.set_inheritable(self.plan["stdin"], False)

    def bind(self) -> None:
        for name, value in self.plan["rlimits"]:
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            resource.setrlimit(kind, (value, value))
        posix.nice(self.plan["nice"])
        if LINUX:
            if self.plan["processors"]:
                posix.sched_setaffinity(0, self.plan["processors"])
            prefer_for_oom()

    def execute(self) -> OSError:
        """Like execvpe; what it returns is the error that tells most."""
        name = self.plan["argv"][0]
        if b"/" in name:
            places = [name]
        else:
            folders = self.plan["path"].split(b":")
            places = [folder + b"/" + name for folder in folders if folder.startswith(b"/")]
        answer = OSError(2, "not found")
        for path in places:
            try:
                posix.execve(path, self.plan["argv"], self.plan["env"])
            except OSError as error:
                # Present and not to be run says more than absent in the next folder.
                if error.errno not in (2, 20) or exists(path):
                    answer, self.path = error, path
                    if error.errno != 13:
                        break
        return answer


def exists(path: bytes) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def prefer_for_oom() -> None:
    """When the machine runs out of memory, let it take the program before the platform."""
    try:
        file = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY | posix.O_CLOEXEC)
        posix.write(file, b"500")
        posix.close(file)
    except OSError:
        pass


class Process:
    """What one line of /proc/PID/stat says."""

    __slots__ = ("group", "parent", "pid", "rss", "threads", "ticks")

    def __init__(self, pid: int, stat: bytes) -> None:
        fields = stat[stat.rindex(b")") + 2 :].split()
        self.pid = pid
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.ticks = sum(map(int, fields[11:15]))  # its own time and that of the children it has waited for
        self.threads = int(fields[17])
        self.rss = int(fields[21])


def read(path: str) -> bytes:
    file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        parts = []
        while part := posix.read(file, 65536):
            parts.append(part)
        return b"".join(parts)
    finally:
        posix.close(file)


def kernel_lists_children() -> bool:
    try:
        read(f"/proc/self/task/{posix.getpid()}/children")
    except OSError:
        return False
    return True


KERNEL_LISTS_CHILDREN = LINUX and kernel_lists_children()


def children_of(pid: int) -> list[int]:
    """Of all its threads, since any of them can fork."""
    found: list[int] = []
    try:
        for thread in posix.listdir(f"/proc/{pid}/task"):
            found += map(int, read(f"/proc/{pid}/task/{thread}/children").split())
    except OSError:
        pass  # it has just ended; its children will be the guard's
    return found


def process_of(pid: int) -> Process | None:
    try:
        return Process(pid, read(f"/proc/{pid}/stat"))
    except (OSError, ValueError):
        return None


def descendants() -> list[Process]:
    """Every living process below the guard (Linux; elsewhere none)."""
    if not LINUX:
        return []
    children = children_of if KERNEL_LISTS_CHILDREN else children_by_parent()
    found = []
    ahead = children(posix.getpid())
    while ahead:
        if one := process_of(ahead.pop()):
            found.append(one)
            ahead += children(one.pid)
    return found


def children_by_parent():  # type: ignore[no-untyped-def]  # `collections.abc` costs time
    """The same answer as `children_of` by reading every process, for kernels without that list."""
    known: dict[int, list[int]] = {}
    for name in posix.listdir("/proc"):
        if name.isdigit() and (one := process_of(int(name))):
            known.setdefault(one.parent, []).append(one.pid)
    return lambda pid: known.get(pid, [])


def proportional_set_size(process: Process) -> int:
    """Bytes, with shared pages divided among those who share them; all of them where the process hides it."""
    try:
        for line in read(f"/proc/{process.pid}/smaps_rollup").split(b"\n"):
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return process.rss * PAGE


def send_signal(pid: int, number: int) -> None:
    try:
        posix.kill(pid, number)
    except OSError:
        pass  # it was quicker


class Guard:
    """Watches the program from its start until nothing of it is left."""

    def __init__(self, plan: dict, frames: Frames) -> None:
        self.plan = plan
        self.frames = frames
        self.main = 0
        self.status: int | None = None
        self.bound: str | None = None
        self.deadline = now() + plan["seconds"] if plan["seconds"] is not None else NEVER
        self.kill_at = NEVER
        self.told_to_stop = False
        self.keeper_lives = True
        self.max_rss = 0
        self.wake, wake_write = posix.pipe()
        posix.set_blocking(self.wake, False)
        posix.set_blocking(wake_write, False)
        _signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP):
            _signal.signal(number, self.on_signal)
        self.poll = select.poll()
        self.poll.register(0, select.POLLIN)
        self.poll.register(self.wake, select.POLLIN)
        self.children = select.poll()
        self.children.register(self.wake, select.POLLIN)

    def on_signal(self, *_: object) -> None:
        self.told_to_stop = True

    def start(self) -> bool:
        """Start the program and tell the keeper; False if it could not be."""
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        report_read, report_write = posix.pipe()
        guard = posix.getpid()
        self.main = posix.fork()
        if self.main == 0:
            Start(self.plan, guard).run(report_write)
        posix.close(report_write)
        posix.dup2(self.plan["null"], 1)
        posix.dup2(self.plan["null"], 2)
        problem = posix.read(report_read, 65536)
        posix.close(report_read)
        if problem:
            self.say((REFUSED, *marshal.loads(problem)))  # noqa: S302 (from our own child)
            return False
        self.say((STARTED, self.main))
        return True

    def say(self, frame: tuple) -> None:
        try:
            posix.write(0, pack(frame))
        except OSError:
            self.keeper_lives = False

    def watch(self) -> None:
        """Until the program has ended or must end; then nothing of it lives."""
        sample_at = now() + SAMPLE_SECONDS
        while self.reap() and self.keeper_lives:
            moment = now()
            if moment >= self.deadline:
                self.bound = "renewal"
            if self.told_to_stop and self.kill_at == NEVER:
                self.stop(self.plan["grace"])
            if moment >= sample_at:
                self.sample()
                sample_at = now() + SAMPLE_SECONDS
            if self.bound or moment >= self.kill_at:
                break
            if self.status is not None and self.kill_at == NEVER:
                break  # it has ended by itself: what it left behind has no claim to a grace
            self.wait(min(sample_at, self.deadline, self.kill_at) - now())
        self.end_all()

    def wait(self, seconds: float) -> None:
        """Until something happens, and no longer than that."""
        for file, _ in self.poll.poll(max(0, int(seconds * 1000) + 1)):
            if file == self.wake:
                posix.read(self.wake, 4096)
            else:
                self.listen()

    def listen(self) -> None:
        try:
            data = posix.read(0, 65536)
        except OSError:
            data = b""
        if not data:
            self.keeper_lives = False
        self.obey(self.frames.feed(data))

    def obey(self, orders: list[tuple]) -> None:
        for kind, *rest in orders:
            if kind == RENEW:
                self.deadline = now() + rest[0]
            elif kind == STOP and self.kill_at == NEVER:
                self.stop(rest[0])
            elif kind == KILL:
                self.kill_at = now()

    def stop(self, grace: float) -> None:
        self.kill_at = now() + grace
        self.signal_all(_signal.SIGTERM)
        self.signal_all(_signal.SIGCONT)  # a stopped process takes TERM only when it goes on

    def signal_all(self, number: int) -> bool:
        """To the group at once, so that who forks meanwhile cannot get away, then to the others."""
        processes = descendants()
        # When its first process is reaped and no other is in it, the group's number may be somebody else's.
        if self.status is None or any(process.group == self.main for process in processes):
            send_signal(-self.main, number)
        for process in processes:
            if process.group != self.main:
                send_signal(process.pid, number)
        return bool(processes)

    def end_all(self) -> None:
        pause = 1  # milliseconds
        if not LINUX:
            send_signal(-self.main, SIGKILL)
        while self.reap():
            self.signal_all(SIGKILL)
            if self.children.poll(pause):
                posix.read(self.wake, 4096)
            pause = min(pause * 2, 50)

    def reap(self) -> bool:
        """Collect who has ended; False when nobody is left (on Linux: no descendant at all)."""
        while True:
            try:
                pid, status = posix.waitpid(-1, posix.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.main:
                self.status = status

    def sample(self) -> None:
        processes = descendants()
        rss = sum(process.rss for process in processes) * PAGE
        memory = self.plan["memory"]
        if memory and rss > memory:
            rss = sum(proportional_set_size(process) for process in processes)
            if rss > memory:
                self.bound = "memory"
        self.max_rss = max(self.max_rss, rss)
        if self.plan["processes"] and sum(process.threads for process in processes) > self.plan["processes"]:
            self.bound = "processes"
        if self.plan["cpu_seconds"]:
            spent = sum(process.ticks for process in processes) / TICKS + reaped_cpu_seconds()
            if spent > self.plan["cpu_seconds"]:
                self.bound = "cpu_seconds"

    def report(self) -> None:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1024 if LINUX else 1)
        status = self.status if self.status is not None else 0
        signal = posix.WTERMSIG(status) if posix.WIFSIGNALED(status) else 0
        if not self.bound and signal == _signal.SIGXCPU:
            self.bound = "cpu_seconds"
        if not self.bound and signal == _signal.SIGXFSZ:
            self.bound = "file_size"
        self.say((EXITED, status, self.bound, reaped_cpu_seconds(), max(peak, self.max_rss)))


def reaped_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    frames = Frames()
    received: list[tuple] = []
    while not received:
        data = posix.read(0, 1 << 20)
        if not data:
            return
        received = frames.feed(data)
    plan = received[0][1]
    plan["null"] = posix.open("/dev/null", posix.O_RDWR | posix.O_CLOEXEC)
    if plan["stdin"] is None:
        plan["stdin"] = plan["null"]
    guard = Guard(plan, frames)
    if guard.start():
        guard.obey(received[1:])
        guard.watch()
        guard.report()
    posix._exit(0)  # no tidying up: the keeper is waiting


if __name__ == "__main__":
    main()

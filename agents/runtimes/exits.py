"""What a program's end means: success, or which Failure.

An exit code other than 0 is transient, so it is tried again as the job's attempts allow, except for the codes that
say that trying again is no use: 64 (wrong usage), 65 (wrong data), 77 (not permitted), 78 (wrong configuration), as
in sysexits.h, and the shells' 126 (cannot be executed) and 127 (not found). So 75 (temporary failure) is transient.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from agents.runtimes.failure import Failure, FailureKind, crashed, permanent, transient
from agents.sandbox.base import Bound, Exit, Limits

PERMANENT_EXIT_CODES = frozenset({64, 65, 77, 78, 126, 127})
LONGEST_LINE = 300


def failure_of(ended: Exit, limits: Limits, last_line: str = "") -> Failure | None:
    """Why the program failed; None if it did not. `last_line` is the last that it said, for the sentence."""
    if ended.bound:
        return _BOUNDS[ended.bound](limits, ended)
    if ended.signal is not None:
        return transient(
            "killed_by_signal",
            f"The command was ended by signal {ended.signal} ({_name(ended.signal)}).",
            signal=ended.signal,
        )
    if ended.code:
        kind = FailureKind.PERMANENT if ended.code in PERMANENT_EXIT_CODES else FailureKind.TRANSIENT
        said = f": {_short(last_line)}" if last_line.strip() else "."
        return Failure(
            kind,
            "exit_code",
            f"The command ended with exit code {ended.code}{said}",
            data={"exit_code": ended.code},
        )
    return None


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a real-time signal"


_BOUNDS: dict[Bound, Callable[[Limits, Exit], Failure]] = {
    Bound.MEMORY: lambda limits, ended: permanent(
        "out_of_memory",
        f"The command and what it started used more memory than the limit of {limits.memory_mb} MB.",
        max_rss_mb=ended.usage.max_rss_mb,
    ),
    Bound.PROCESSES: lambda limits, _: permanent(
        "too_many_processes",
        f"The command started more processes and threads than the limit of {limits.processes}.",
    ),
    Bound.CPU_SECONDS: lambda limits, _: permanent(
        "out_of_cpu_time",
        f"The command used more processor time than the limit of {limits.cpu_seconds} s.",
    ),
    Bound.FILE_SIZE: lambda limits, _: permanent(
        "file_too_large",
        f"The command wrote a file beyond the limit of {limits.file_mb} MB.",
    ),
    Bound.RENEWAL: lambda _, __: crashed(
        "renewal_missed",
        "The worker did not renew its hold on the job in time, so its sandbox ended the command.",
    ),
}

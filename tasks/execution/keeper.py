"""The worker's parent process keeps the leases: one thread, one heartbeat, for all of its children.

It renews the runs whose process lives, wakes a child whose job somebody cancelled, reports children that died, and
kills one that hangs: a job must not run for ever because the process around it does not come back. A signal to a child
is a hint; what it means stands in the job's row, and in the shared flag when the worker stops.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import redis
from celery.worker import state as celery_state
from celery.worker.request import Request
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from agents.runtimes.failure import crashed
from agents.sandbox.base import Usage
from tasks import transitions
from tasks.execution import leases, meter
from tasks.execution.attempt import Ending, out_of_time
from tasks.execution.leases import Run, Unheeded
from tasks.execution.meter import Meter
from tasks.execution.watch import Stop, Why
from tasks.execution.worker import ThisWorker
from tasks.execution.writing import write
from tasks.notify import hint_client, worker_channel
from tasks.transitions import Claim

log = logging.getLogger(__name__)

LOOK_SIGNAL = signal.SIGUSR2
LOOK_SECONDS = 0.5
AFTER_A_FAULT_SECONDS = 0.5
HINT_RETRY_SECONDS = 2.0


class Keeper:
    """Started when the worker is ready, stopped when its pool is gone."""

    def __init__(self, worker: ThisWorker) -> None:
        self.worker = worker
        self._meter = Meter(Path(tempfile.gettempdir()))
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._died: queue.SimpleQueue[Sequence[Run]] = queue.SimpleQueue()
        self._heartbeat_at = 0.0
        self._told_stopping = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._listener = threading.Thread(target=self._listen, name="hints", daemon=True)

    def start(self) -> None:
        """Register the worker; from now on the dispatcher may hand it jobs."""
        leases.register(self.worker)
        connection.close()  # the parent's main thread needs no other
        self._thread.start()
        self._listener.start()

    def shutting_down(self) -> None:
        """Hand back what runs. Safe in a signal handler."""
        self.worker.say_stopping()
        self._wake.set()

    def process_died(self, members: Sequence[Run]) -> None:
        """A child died while it ran these."""
        self._died.put(members)
        self._wake.set()

    def stop(self) -> None:
        self._ended.set()
        self._wake.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._guarded(self._look_around)
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
        self._guarded(self._report_deaths)
        self._guarded(lambda: leases.say_stopped(self.worker.id))
        connection.close()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (DatabaseError, InterfaceError) as error:
            log.warning("The database did not answer the heartbeat: %s", str(error).strip().splitlines()[0])
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is dropped either way
                connection.close()
            time.sleep(AFTER_A_FAULT_SECONDS)

    def _look_around(self) -> None:
        processes = active_processes()
        for pid in [pid for pid in processes if has_exited(pid)]:
            self._died.put(processes.pop(pid))  # the pool itself looks every five seconds only
        runs = {run: pid for pid, members in processes.items() for run in members}
        if self.worker.is_stopping and not self._told_stopping:
            self._hint(processes)
            leases.say_stopping(self.worker.id)
            self._told_stopping = True
        if time.monotonic() >= self._heartbeat_at:
            leases.renew(self.worker.id, list(runs), self._used(runs))
            meter.write(self.worker.id, self._meter.look(), len(processes))
            if runs:
                self._kill_who_hangs(runs)
            self._heartbeat_at = time.monotonic() + settings.INTERLOCK.heartbeat_seconds
        self._report_deaths()
        asked = leases.asked_to_stop(self.worker.id) if runs else set()
        self._hint({pid for (job, _), pid in runs.items() if job in asked})

    def _used(self, runs: Mapping[Run, int]) -> dict[Run, Usage]:
        """What the programs of each job use that has its process alone; of several in a run nobody can tell."""
        shared = Counter(runs.values())
        alone = {run: pid for run, pid in runs.items() if shared[pid] == 1}
        found = meter.below(alone.values()) if alone else {}
        return {run: found[pid] for run, pid in alone.items()}

    def _hint(self, pids: Iterable[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, LOOK_SIGNAL)

    def _kill_who_hangs(self, runs: Mapping[Run, int]) -> None:
        """The next look finds them dead."""
        for run in leases.unheeded(self.worker.id).keys() & runs.keys():
            log.warning("A process hangs and is killed", extra={"job": str(run[0])})
            with contextlib.suppress(ProcessLookupError):
                os.kill(runs[run], signal.SIGKILL)

    def _report_deaths(self) -> None:
        while True:
            try:
                members = self._died.get_nowait()
            except queue.Empty:
                return
            for run in members:
                self._report_death(run, alone=len(members) == 1)

    def _report_death(self, run: Run, *, alone: bool) -> None:
        claim = transitions.claim_of(*run)
        if claim is None:
            return
        if self.worker.is_stopping:
            transitions.hand_back(claim, Usage(), "its worker was shut down")
            return
        if (unheeded := leases.unheeded(self.worker.id).get(run)) is not None:
            write([_by_force(claim, unheeded)])
            return
        failure = crashed("process_died", "The worker process that ran it died (killed, or out of memory).")
        transitions.crash(claim, failure, alone=alone)

    def _listen(self) -> None:
        """Redis makes a cancel faster; without it the keeper looks twice a second."""
        while not self._ended.is_set():
            try:
                with hint_client(socket_timeout=5) as client, client.pubsub(ignore_subscribe_messages=True) as hints:
                    hints.subscribe(worker_channel(self.worker.id))
                    while not self._ended.is_set():
                        if hints.get_message(timeout=1.0) is not None:
                            self._wake.set()
            except (redis.RedisError, OSError):
                self._ended.wait(HINT_RETRY_SECONDS)


def _by_force(claim: Claim, unheeded: Unheeded) -> Ending:
    """As it would have ended, had it heeded what it was told."""
    if unheeded.cancel_reason is not None:
        return Ending(claim, stop=Stop(Why.CANCELLED, unheeded.cancel_reason), killed=True)
    return Ending(claim, failure=out_of_time(unheeded.limit), killed=True)


def has_exited(pid: int) -> bool:
    """Whether a child of this process has ended; the pool's own look at it is left to the pool."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def active_processes() -> dict[int, list[Run]]:
    """What each child runs now. An ended child's request is not there any more."""
    requests = list(celery_state.active_requests)
    return {request.worker_pid: members_of(request) for request in requests if request.worker_pid}


def members_of(request: Request) -> list[Run]:
    """The jobs and epochs that a Celery request carries."""
    members, _ = request.args
    return [(UUID(job), int(epoch)) for job, epoch in members]

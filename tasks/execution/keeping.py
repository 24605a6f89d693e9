"""The keeper of this worker, tied to the life of Celery's worker."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from celery import signals

from agents import garbage
from tasks.execution.keeper import Keeper
from tasks.execution.leases import Run
from tasks.execution.worker import this_worker

_keeper: Keeper | None = None
PARENT_SECONDS = 1.0


def process_died(members: Sequence[Run]) -> None:
    if _keeper is not None:
        _keeper.process_died(members)


def connect() -> None:
    """Keep leases from now on; called by who starts the worker, so that nothing else that imports this does."""
    signals.worker_ready.connect(_ready)
    signals.worker_shutting_down.connect(_shutting_down)
    signals.worker_shutdown.connect(_shutdown)
    signals.worker_process_init.connect(_child_begins)


def _ready(**_: Any) -> None:
    global _keeper
    garbage.settle()
    _keeper = Keeper(this_worker())
    _keeper.start()


def _shutting_down(**_: Any) -> None:
    if _keeper is not None:
        _keeper.shutting_down()


def _shutdown(**_: Any) -> None:
    if _keeper is not None:
        _keeper.stop()


def _child_begins(**_: Any) -> None:
    """A child does not outlive the parent that renews its leases."""
    garbage.settle()  # no collection walks, and so copies, what was there before the fork
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, prctl(2)
    threading.Thread(target=_watch_parent, args=[os.getppid()], name="parent", daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(1)

"""A part that `up` started does not outlive it by more than its own orderly end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

LOOK_EVERY_SECONDS = 1.0
ORDERLY_END_SECONDS = 12.0


def hold(parent: int | None) -> None:
    """Watch the parent from a thread. When it is gone, this process's whole group is, a little later.

    On Linux the kernel itself sends the TERM that starts the orderly end (see `config.processes`).
    """
    if parent is not None:
        threading.Thread(target=_watch, args=[parent], name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    if sys.platform != "linux":
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORDERLY_END_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)

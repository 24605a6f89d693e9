"""What was asked once leaves nothing that only the garbage collector could clear away."""

from __future__ import annotations

import gc
import weakref
from uuid import UUID

import pytest

from tasks.scheduling.core import Scheduler
from tasks.scheduling.values import Heads, SessionState, Snapshot, Waiting, Worker, WorkspaceState

pytestmark = pytest.mark.requirement("O5")
WORKSPACE, SESSION, JOB = UUID(int=1), UUID(int=2), UUID(int=3)


class Told(str):
    """Text whose end can be seen."""


def test_a_scheduler_that_let_go_is_gone_with_its_last_name() -> None:
    kind = Told("plan:echo")
    gone = weakref.ref(kind)
    gc.disable()
    try:
        job = Waiting(JOB, WORKSPACE, SESSION, kind=kind)
        scheduler = Scheduler.load(
            Snapshot(
                workspaces=[WorkspaceState(WORKSPACE, "w")],
                sessions=[SessionState(SESSION, WORKSPACE, "s")],
                workers=[Worker("w-1", 2)],
                heads={SESSION: Heads([job])},
            )
        )
        assert scheduler.why(job, 0.0).sentence == "its turn is next"

        scheduler.let_go()
        del job, kind, scheduler

        assert gone() is None
    finally:
        gc.enable()

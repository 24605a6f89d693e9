"""The states of a job and the edges between them, each with the kinds of event it causes. Pure data.

The database holds the same table (tasks/migrations/sql/0002_transitions.sql) and refuses every other edge; tests
hold the two and the diagram in docs/states.md equal.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    PENDING_APPROVAL = "pending_approval"
    BLOCKED = "blocked"
    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


NEW = ""
"""The state before the first: what the `before` of a job's first event says."""

WAITING = frozenset({State.PENDING_APPROVAL, State.BLOCKED, State.QUEUED})
OVER = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
OPEN = frozenset(State) - OVER
RETRIABLE = frozenset({State.FAILED, State.CANCELLED})

EDGES: dict[tuple[str, State], tuple[str, ...]] = {
    (NEW, State.PENDING_APPROVAL): ("ApprovalRequested",),
    (NEW, State.BLOCKED): ("TaskBlocked",),
    (NEW, State.QUEUED): ("TaskEnqueued",),
    (NEW, State.FAILED): ("TaskFailed",),
    (State.PENDING_APPROVAL, State.QUEUED): ("ApprovalDecided",),
    (State.PENDING_APPROVAL, State.BLOCKED): ("ApprovalDecided",),
    (State.PENDING_APPROVAL, State.CANCELLED): ("TaskCancelled",),
    (State.PENDING_APPROVAL, State.FAILED): ("TaskFailed",),
    (State.BLOCKED, State.QUEUED): ("TaskUnblocked",),
    (State.BLOCKED, State.CANCELLED): ("TaskCancelled",),
    (State.BLOCKED, State.FAILED): ("TaskFailed",),
    (State.QUEUED, State.RUNNING): ("TaskStarted",),
    (State.QUEUED, State.CANCELLED): ("TaskCancelled",),
    (State.QUEUED, State.FAILED): ("TaskFailed",),
    (State.QUEUED, State.PENDING_APPROVAL): ("ApprovalRequested",),
    (State.RUNNING, State.COMPLETED): ("TaskCompleted",),
    (State.RUNNING, State.FAILED): ("TaskFailed", "TaskDeadLettered"),
    (State.RUNNING, State.CANCELLED): ("TaskCancelled",),
    (State.RUNNING, State.QUEUED): ("TaskRetried", "TaskHandedBack"),
    (State.RUNNING, State.SUSPENDED): ("TaskSuspended",),
    (State.SUSPENDED, State.QUEUED): ("TaskResumed",),
    (State.SUSPENDED, State.CANCELLED): ("TaskCancelled",),
    (State.SUSPENDED, State.FAILED): ("TaskFailed",),
    (State.FAILED, State.PENDING_APPROVAL): ("ApprovalRequested",),
    (State.FAILED, State.BLOCKED): ("TaskRetried",),
    (State.FAILED, State.QUEUED): ("TaskRetried",),
    (State.CANCELLED, State.PENDING_APPROVAL): ("ApprovalRequested",),
    (State.CANCELLED, State.BLOCKED): ("TaskRetried",),
    (State.CANCELLED, State.QUEUED): ("TaskRetried",),
}
"""Every legal edge with the kinds of event it can cause; the first is the ordinary one.

`running → failed` is TaskDeadLettered where the platform gave up (attempts exhausted, timed out, crashed workers),
TaskFailed where the work itself said that trying again is of no use. `running → queued` is TaskRetried after a
counted failure, TaskHandedBack after an interruption.
"""


def legal(before: str, after: State) -> bool:
    return (before, after) in EDGES

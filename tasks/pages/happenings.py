"""Events in words, for the list under the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tasks.models import Event
from tasks.pages.why import worker_name
from tasks.states import State

WORDS = {
    "TaskEnqueued": "Queued",
    "TaskBlocked": "Blocked by what it depends on",
    "TaskUnblocked": "What it depends on has completed",
    "TaskStarted": "Started",
    "TaskProgress": "Progress",
    "TaskSuspended": "Suspended",
    "TaskResumed": "Resumed",
    "TaskHandedBack": "Handed back",
    "TaskCompleted": "Completed",
    "TaskFailed": "Failed",
    "TaskDeadLettered": "Given up",
    "TaskRetried": "Tried again",
    "TaskCancelRequested": "Asked to stop",
    "TaskCancelled": "Cancelled",
    "TaskReordered": "Moved",
    "PriorityChanged": "Priority changed",
    "ApprovalRequested": "Approval asked for",
    "ApprovalDecided": "Approval decided",
    "ContextRevised": "The agent's context was kept",
}
FAILURES = ("TaskFailed", "TaskDeadLettered", "TaskRetried", "TaskHandedBack")
QUIET = ("TaskProgress",)
"""Kinds that the list leaves out: the progress stands in the head and in the log."""


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    time: str
    words: str
    detail: str
    state: str
    who: str


def happening(event: Event) -> Happening:
    return Happening(
        at=event.at,
        time=f"{event.at:%H:%M:%S}.{event.at.microsecond // 1000:03d}",
        words=_words(event),
        detail=_detail(event),
        state=event.after or State.QUEUED,
        who=who(event),
    )


def who(event: Event) -> str:
    kind, _, label = event.actor.partition(":")
    return worker_name(event.worker or label) if kind == "worker" else label or kind


def _words(event: Event) -> str:
    if event.kind == "TaskRetried" and event.before == State.RUNNING:
        return "Failed, to be tried again"
    if event.kind == "TaskRetried":
        return "Retried by hand"
    return WORDS.get(event.kind, event.kind)


def _detail(event: Event) -> str:
    data = event.data if isinstance(event.data, dict) else {}
    if event.kind == "TaskStarted" and data.get("attempt"):
        return f"attempt {data['attempt']}"
    if event.kind == "PriorityChanged":
        return f"from P{data.get('before')} to P{data.get('after')}"
    if event.kind == "ContextRevised":
        return f"revision {data.get('revision')}, {data.get('why')}"
    return event.reason or str(data.get("message") or "")

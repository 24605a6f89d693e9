"""The words and pictures by which a job is recognised everywhere: its state, its priority, its agent."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.models import AgentJob
from tasks.spec.priorities import Priority
from tasks.states import State

CANCELLING = "cancelling"

WORDS: dict[str, str] = {
    State.PENDING_APPROVAL: "Needs approval",
    State.BLOCKED: "Blocked",
    State.QUEUED: "Queued",
    State.RUNNING: "Running",
    State.SUSPENDED: "Suspended",
    State.COMPLETED: "Completed",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    CANCELLING: "Cancelling",
}


@dataclass(frozen=True, slots=True)
class StateMark:
    """`name` is that of the icon and of the class that brings the colour."""

    name: str
    word: str


@dataclass(frozen=True, slots=True)
class PriorityMark:
    label: str
    word: str


MARKS = {str(name): StateMark(str(name), word) for name, word in WORDS.items()}
PRIORITIES = {int(priority): PriorityMark(priority.label, priority.word) for priority in Priority}


def state_of(job: AgentJob) -> StateMark:
    return MARKS[CANCELLING if job.is_cancelling else job.state]


def agent_of(job: AgentJob) -> str:
    """The agent's name where one is named, else its kind."""
    return job.agent.name if job.agent is not None else job.agent_type


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 task`, `4,990 tasks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

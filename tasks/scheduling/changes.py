"""What may happen to the world between two decisions. Each is applied with `Scheduler.apply`.

A change about a session or workspace that the scheduler does not know is refused (`Unknown`): introduce it
first with SessionChanged or WorkspaceChanged. Late news of a job that is not there any more is no error and
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tasks.scheduling.values import Heads, Platform, ProjectState, Running, SessionState, Worker, WorkspaceState


class Unknown(LookupError):
    """A change names a session or workspace that was never introduced."""


@dataclass(frozen=True, slots=True)
class SessionHeads:
    """The session's window was read again: it replaces the one before."""

    session: UUID
    heads: Heads


@dataclass(frozen=True, slots=True)
class Gone:
    """A waiting job is queued no more (cancelled, expired, blocked)."""

    job: UUID


@dataclass(frozen=True, slots=True)
class Finished:
    """A running job freed its slot for good: completed, failed, cancelled or suspended.

    cost: the seconds it really took; its session and workspace are settled to it.
    """

    job: UUID
    cost: float


@dataclass(frozen=True, slots=True)
class Returned:
    """A running job is queued again: its hand-off was lost or ran out, it was interrupted or is tried again.

    cost: the seconds it really took, 0 if it never began. Its session is wanted then, to be read again.
    """

    job: UUID
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """A job runs that was not started here: what an earlier leader sent was taken after this one had looked."""

    running: Running


@dataclass(frozen=True, slots=True)
class WorkerChanged:
    """A worker joined or changed (slots, cap, capabilities, draining)."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class WorkerGone:
    """A worker is offline. Its jobs count as running until they are Finished or Returned."""

    worker: str


@dataclass(frozen=True, slots=True)
class PlatformChanged:
    """Its cap or pause changed; the clock in it is not looked at."""

    platform: Platform


@dataclass(frozen=True, slots=True)
class WorkspaceChanged:
    """A workspace is new or changed; the clock in it counts only if it is new."""

    workspace: WorkspaceState


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session is new or changed; the clock in it counts only if it is new."""

    session: SessionState


@dataclass(frozen=True, slots=True)
class SessionGone:
    """A session has no queued and no running jobs and may be forgotten, with its clock (else this changes nothing)."""

    session: UUID


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    """A project's cap or pause changed. One without either need not be introduced."""

    project: ProjectState


Change = (
    SessionHeads
    | Gone
    | Finished
    | Returned
    | Found
    | WorkerChanged
    | WorkerGone
    | PlatformChanged
    | WorkspaceChanged
    | SessionChanged
    | SessionGone
    | ProjectChanged
)

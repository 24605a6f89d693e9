"""Why a job waits: the one limit that holds it, in a sentence with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    PAUSED = "paused"
    RETRY_DELAY = "retry_delay"
    NO_WORKER = "no_worker"
    NO_CAPABLE_WORKER = "no_capable_worker"
    SESSION_CAP = "session_cap"
    PROJECT_CAP = "project_cap"
    WORKSPACE_CAP = "workspace_cap"
    GLOBAL_CAP = "global_cap"
    WORKER_CAP = "worker_cap"  # every slot of the workers that could run it is taken
    RESOURCES = "resources"  # a slot is free, but not the memory or CPU it needs
    ITS_TURN = "its_turn"  # nothing holds it but those before it


@dataclass(frozen=True, slots=True)
class Reason:
    """code: stable, for machines. sentence: for people. scope and name say whose limit it is
    ("session", "nightly-7"); used of limit; until: when it ends by itself, where that is known;
    ahead: how many are before it, where it waits its turn.
    """

    code: Code
    sentence: str
    scope: str
    name: str = ""
    limit: float | None = None
    used: float | None = None
    until: float | None = None
    ahead: int | None = None

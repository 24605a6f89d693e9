"""Time: jobs and what is known of them, one model a file."""

from tasks.models.archive import WorkArchive
from tasks.models.attempt import Attempt
from tasks.models.call import ToolCall
from tasks.models.cancellation import Cancellation
from tasks.models.checkpoint import Checkpoint
from tasks.models.child import Child
from tasks.models.clock import FairClock
from tasks.models.dependency import Dependency
from tasks.models.estimate import Coverage, Forecast, WorkKind
from tasks.models.event import Event
from tasks.models.grant import SessionGrant
from tasks.models.idempotency import IdempotencyKey
from tasks.models.job import AgentJob
from tasks.models.leader import Leader
from tasks.models.log import LogChunk
from tasks.models.platform import PlatformState
from tasks.models.resources import ResourceSample
from tasks.models.spending import Spending
from tasks.models.undo import QueueChange
from tasks.models.worker import Worker

__all__ = [
    "AgentJob",
    "Attempt",
    "Cancellation",
    "Checkpoint",
    "Child",
    "Coverage",
    "Dependency",
    "Event",
    "FairClock",
    "Forecast",
    "IdempotencyKey",
    "Leader",
    "LogChunk",
    "PlatformState",
    "QueueChange",
    "ResourceSample",
    "SessionGrant",
    "Spending",
    "ToolCall",
    "WorkArchive",
    "WorkKind",
    "Worker",
]

"""The task spec: what people and programs write to have work done, and the only code that reads it. Pure."""

from tasks.spec.choices import AgentType, Isolation, JobType, OnDependencyFailure, RuntimeName
from tasks.spec.cycles import order
from tasks.spec.errors import Code, InvalidSpec, PayloadTooLarge
from tasks.spec.model import BatchSpec, Limits, Step, TaskSpec
from tasks.spec.parse import from_value, parse, parse_one
from tasks.spec.priorities import Priority

__all__ = [
    "AgentType",
    "BatchSpec",
    "Code",
    "InvalidSpec",
    "Isolation",
    "JobType",
    "Limits",
    "OnDependencyFailure",
    "PayloadTooLarge",
    "Priority",
    "RuntimeName",
    "Step",
    "TaskSpec",
    "from_value",
    "order",
    "parse",
    "parse_one",
]

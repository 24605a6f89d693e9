"""The words a spec chooses from; the same words stand in the database, the API and the pages."""

from __future__ import annotations

from enum import StrEnum


class JobType(StrEnum):
    SPAWN_AGENT = "spawn-agent"
    EXECUTE_TASK = "execute-task"
    RECOVER_CONTEXT = "recover-context"
    TERMINATE_AGENT = "terminate-agent"


class AgentType(StrEnum):
    PLANNER = "planner"
    DEV = "dev"
    QA = "qa"
    DEVOPS = "devops"


class RuntimeName(StrEnum):
    COMMAND = "command"
    PLAN = "plan"
    LLM = "llm"


class ToolCalls(StrEnum):
    """How a model calls tools: by its provider's own means, or by JSON in its text."""

    NATIVE = "native"
    TEXT = "text"


class ContextChoice(StrEnum):
    """Whether an agent goes on with the conversation that it had in the session, or begins a new one."""

    CONTINUE = "continue"
    NEW = "new"


class OnDependencyFailure(StrEnum):
    """What becomes of a job when one it depends on fails or is cancelled."""

    FAIL = "fail"
    WAIT = "wait"
    CANCEL = "cancel"


class Isolation(StrEnum):
    LOCAL = "local"
    DOCKER = "docker"

"""The task spec as a value: what a person, an agent or another program writes to have a job done.

Pure: no database, no clock. A spec is immutable once made, and complete: its runtime and title are always set.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, JsonValue, model_validator

from tasks.spec import document, sizes, work
from tasks.spec.choices import AgentType, Isolation, JobType, OnDependencyFailure, RuntimeName
from tasks.spec.fields import (
    Dependency,
    Duration,
    Glob,
    Key,
    Line,
    Moment,
    PriorityField,
    Slug,
    StepId,
    Tag,
    Timeout,
    Unique,
    VariableName,
)

CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
Word = Field(strict=False)  # a choice arrives as its word


class Step(BaseModel):
    """One tool call of a plan."""

    model_config = CONFIG

    id: StepId | None = Field(default=None, description="A name by which later steps refer to this one's result.")
    tool: Line = Field(description="The name of the tool, such as files.read.")
    args: dict[str, JsonValue] = Field(
        default_factory=dict, description="The tool's arguments, as its own schema says."
    )


class Limits(BaseModel):
    """What one job may use; what is not given comes from the workspace, else from the deployment."""

    model_config = CONFIG

    timeout: Timeout | None = Field(default=None, description="The longest one attempt may take.")
    attempts: int | None = Field(default=None, ge=1, le=100, description="How often it may be tried.")
    tokens: int | None = Field(
        default=None, ge=1, le=10**9, description="Tokens of language models, all attempts together."
    )
    turns: int | None = Field(default=None, ge=1, le=100_000, description="Turns of an agent's loop.")
    cost: float | None = Field(default=None, ge=0.0001, le=10**6, description="US dollars for language models.")
    cpu: float | None = Field(default=None, ge=0.01, le=1024, description="Cores, for what runs code.")
    memory_mb: int | None = Field(default=None, ge=1, le=2**22, description="Memory in MiB, for what runs code.")
    result_ttl: Duration | None = Field(default=None, description="How long the result is kept; for ever if not given.")


class Shared(BaseModel):
    """The fields that the `defaults` of a batch may hold."""

    model_config = CONFIG

    description: str = Field(default="", max_length=20_000, description="What it is for, in Markdown.")
    agent_type: Annotated[AgentType, Word] = Field(default=AgentType.DEV, description="The kind of agent that does it.")
    agent: Line | None = Field(default=None, description="The id or name of the agent that does it.")
    model: Line | None = Field(default=None, description="The language model of the llm runtime.")
    env: dict[VariableName, str] = Field(
        default_factory=dict, max_length=sizes.ENVIRONMENT, description="Environment variables."
    )
    workspace: Slug | None = Field(default=None, description="The workspace; only needed by who may use several.")
    project: Slug | None = Field(default=None, description="The project it belongs to.")
    session: Line = Field(default="default", description="The agent session that owns it, made if it does not exist.")
    priority: PriorityField | None = Field(default=None, description="The default depends on who submits: people P1.")
    on_dependency_failure: Annotated[OnDependencyFailure, Word] = Field(
        default=OnDependencyFailure.FAIL, description="What becomes of it if one it depends on does not complete."
    )
    files: Annotated[list[Glob], FailFast(), Field(max_length=sizes.FILES), Unique] = Field(
        default_factory=list, description="Globs of the files it changes, leased before it starts."
    )
    tags: Annotated[list[Tag], FailFast(), Field(max_length=sizes.TAGS), Unique] = Field(
        default_factory=list, description="Words to find it by."
    )
    metadata: dict[str, JsonValue] = Field(
        default_factory=dict, description="Anything of yours; Interlock does not look at it."
    )
    limits: Limits = Field(default=Limits(), description="What it may use.")
    deadline: Moment | None = Field(default=None, description="It fails if it has not started by then.")
    not_before: Moment | None = Field(default=None, description="It does not start before then.")
    isolation: Annotated[Isolation, Word] | None = Field(default=None, description="Where what runs code is confined.")


class TaskSpec(Shared):
    """One job, as it is asked for."""

    key: Key | None = Field(default=None, description="A name for this task within its batch, for depends_on.")
    title: str = Field(
        default="", max_length=200, description="One line for people; derived from the work if not given."
    )
    type: Annotated[JobType, Word] = Field(default=JobType.EXECUTE_TASK, description="What kind of job it is.")
    runtime: Annotated[RuntimeName, Word] | None = Field(
        default=None, description="Inferred from the work if not given."
    )
    command: Annotated[list[str], FailFast()] = Field(
        default_factory=list,
        min_length=1,
        max_length=sizes.COMMAND_ARGUMENTS,
        description="The program and its arguments.",
    )
    steps: list[Step] = Field(
        default_factory=list, min_length=1, max_length=sizes.STEPS, description="Tool calls, run in order."
    )
    tool: Line | None = Field(default=None, description="With args, shorthand for a plan of one step.")
    args: dict[str, JsonValue] = Field(default_factory=dict, description="The arguments of `tool`.")
    prompt: str | None = Field(default=None, min_length=1, description="What a language model is asked to do.")
    depends_on: Annotated[list[Dependency], FailFast(), Field(max_length=sizes.DEPENDENCIES), Unique] = Field(
        default_factory=list, description="Keys of tasks of the same batch, or ids of jobs."
    )
    data: dict[str, JsonValue] = Field(default_factory=dict, description="The task's own data, handed to what runs it.")

    @model_validator(mode="after")
    def _complete(self) -> TaskSpec:
        work.complete(self)
        if self.tool is not None and not self.steps:
            self.__dict__["steps"] = [Step.model_construct(tool=self.tool, args=self.args)]
        return self

    def as_document(self) -> dict[str, Any]:
        """The spec as JSON values that parse back to it: only what differs from the defaults, in reading order."""
        return document.of(self)

    def as_yaml(self) -> str:
        return document.as_yaml(document.of(self))


class Defaults(Shared):
    """What every task of the batch has unless it says otherwise; `env`, `metadata` and `limits` merge by key."""


class BatchSpec(BaseModel):
    """Up to 5,000 tasks, submitted all or none."""

    model_config = CONFIG

    defaults: Defaults = Field(default=Defaults(), description="What every task has unless it says otherwise.")
    tasks: list[TaskSpec] = Field(min_length=1, max_length=sizes.BATCH_JOBS, description="The tasks.")

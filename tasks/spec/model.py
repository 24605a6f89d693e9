"""The task spec as a value: what a person, an agent or another program writes to have a job done.

Pure: no database, no clock. A spec is immutable once made, and complete: its runtime and title are always set.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field, JsonValue, model_validator

from tasks.spec import document, sizes, work
from tasks.spec.choices import AgentType, ContextChoice, Isolation, JobType, OnDependencyFailure, RuntimeName, ToolCalls
from tasks.spec.fields import (
    Dependency,
    Duration,
    Glob,
    Key,
    Line,
    Moment,
    NamesAProgram,
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

    id: StepId | None = Field(
        default=None, description="A name by which later steps refer to this one's result.", examples=["notes"]
    )
    tool: Line = Field(description="The name of the tool, such as files.read.", examples=["files.read"])
    args: dict[str, JsonValue] = Field(
        default_factory=dict, description="The tool's arguments, as its own schema says."
    )


class Limits(BaseModel):
    """What one job may use; what is not given comes from the workspace, else from the deployment."""

    model_config = CONFIG

    timeout: Timeout | None = Field(
        default=None, description="The longest one attempt may take.", examples=["90s", "5m", 300]
    )
    attempts: int | None = Field(default=None, ge=1, le=100, description="How often it may be tried.", examples=[3])
    tokens: int | None = Field(
        default=None, ge=1, le=10**9, description="Tokens of language models, all attempts together.", examples=[100000]
    )
    turns: int | None = Field(default=None, ge=1, le=100_000, description="Turns of an agent's loop.", examples=[50])
    tool_calls: int | None = Field(
        default=None, ge=1, le=10**6, description="Tool calls of an agent's loop.", examples=[100]
    )
    cost: float | None = Field(
        default=None, ge=0.0001, le=10**6, description="US dollars for language models.", examples=[2.5]
    )
    cpu: float | None = Field(default=None, ge=0.01, le=1024, description="Cores, for what runs code.", examples=[2])
    memory_mb: int | None = Field(
        default=None, ge=1, le=2**22, description="Memory in MiB, for what runs code.", examples=[512]
    )
    result_ttl: Duration | None = Field(
        default=None, description="How long the result is kept; for ever if not given.", examples=["30d"]
    )


class ModelSettings(BaseModel):
    """How a language model is asked."""

    model_config = CONFIG

    key: Line | None = Field(
        default=None,
        description="The name of the workspace's provider key; needed where the provider has several.",
        examples=["ollama"],
    )
    tool_calls: Annotated[ToolCalls, Word] = Field(
        default=ToolCalls.NATIVE,
        description="`text` is for models that cannot call tools by themselves: they write JSON in their text.",
    )
    temperature: float | None = Field(default=None, ge=0, le=2, description="How freely it chooses.", examples=[0.2])
    max_tokens: int | None = Field(
        default=None, ge=1, le=10**6, description="The longest one answer may be.", examples=[4096]
    )
    context_window: int | None = Field(
        default=None,
        ge=1000,
        le=10**8,
        description="How many tokens the model can read at once, where that is not known of it.",
        examples=[32768],
    )


class Shared(BaseModel):
    """The fields that the `defaults` of a batch may hold."""

    model_config = CONFIG

    description: str = Field(
        default="",
        max_length=20_000,
        description="What it is for, in Markdown.",
        examples=["Compare the two release notes and list what differs."],
    )
    agent_type: Annotated[AgentType, Word] = Field(default=AgentType.DEV, description="The kind of agent that does it.")
    agent: Line | None = Field(
        default=None, description="The id or name of the agent that does it.", examples=["reviewer"]
    )
    model: Line | None = Field(
        default=None,
        description="The language model of the llm runtime, as PROVIDER:MODEL.",
        examples=["anthropic:claude-sonnet-5-5"],
    )
    instructions: str = Field(
        default="",
        max_length=100_000,
        description="What the model is told before the prompt: its role and its rules.",
        examples=["You are a careful reviewer. Change nothing."],
    )
    tools: Annotated[list[Line], Field(max_length=sizes.TOOLS), Unique] | None = Field(
        default=None,
        description="Names and globs of the tools that the model may call; without it those that only read.",
        examples=[["files.*", "shell.run"]],
    )
    context: Annotated[ContextChoice, Word] | None = Field(
        default=None,
        description="Whether the agent goes on with the conversation that it had in this session, which it does if "
        "nothing is said, or begins a new one.",
        examples=["new"],
    )
    model_settings: ModelSettings | None = Field(
        default=None, description="How the model is asked.", examples=[{"temperature": 0.2}]
    )
    env: dict[VariableName, str] = Field(
        default_factory=dict,
        max_length=sizes.ENVIRONMENT,
        description="Environment variables.",
        examples=[{"LANG": "C.UTF-8"}],
    )
    workspace: Slug | None = Field(
        default=None, description="The workspace; only needed by who may use several.", examples=["acme"]
    )
    project: Slug | None = Field(default=None, description="The project it belongs to.", examples=["website"])
    session: Line = Field(
        default="default",
        description="The agent session that owns it, made if it does not exist.",
        examples=["nightly"],
    )
    priority: PriorityField | None = Field(
        default=None, description="The default depends on who submits: people P1.", examples=["high", "P1", 2]
    )
    on_dependency_failure: Annotated[OnDependencyFailure, Word] = Field(
        default=OnDependencyFailure.FAIL, description="What becomes of it if one it depends on does not complete."
    )
    files: Annotated[list[Glob], FailFast(), Field(max_length=sizes.FILES), Unique] = Field(
        default_factory=list,
        description="Globs of the files it changes, leased before it starts.",
        examples=[["src/**/*.py"]],
    )
    tags: Annotated[list[Tag], FailFast(), Field(max_length=sizes.TAGS), Unique] = Field(
        default_factory=list, description="Words to find it by.", examples=[["report", "weekly"]]
    )
    metadata: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Anything of yours; Interlock does not look at it.",
        examples=[{"ticket": "OPS-12"}],
    )
    limits: Limits = Field(
        default=Limits(), description="What it may use.", examples=[{"timeout": "10m", "attempts": 2}]
    )
    deadline: Moment | None = Field(
        default=None, description="It fails if it has not started by then.", examples=["2026-12-31T18:00:00Z"]
    )
    not_before: Moment | None = Field(
        default=None, description="It does not start before then.", examples=["2026-12-31T06:00:00+01:00"]
    )
    isolation: Annotated[Isolation, Word] | None = Field(default=None, description="Where what runs code is confined.")


class TaskSpec(Shared):
    """One job, as it is asked for."""

    key: Key | None = Field(
        default=None, description="A name for this task within its batch, for depends_on.", examples=["build"]
    )
    title: Line = Field(
        default="",
        description="One line for people; derived from the work if not given.",
        examples=["What changed this week"],
    )
    type: Annotated[JobType, Word] = Field(default=JobType.EXECUTE_TASK, description="What kind of job it is.")
    runtime: Annotated[RuntimeName, Word] | None = Field(
        default=None, description="Inferred from the work if not given."
    )
    command: Annotated[list[str], FailFast(), NamesAProgram] = Field(
        default_factory=list,
        min_length=1,
        max_length=sizes.COMMAND_ARGUMENTS,
        description="The program and its arguments.",
        examples=[["git", "log", "--oneline"]],
    )
    steps: list[Step] = Field(
        default_factory=list,
        min_length=1,
        max_length=sizes.STEPS,
        description="Tool calls, run in order.",
        examples=[[{"tool": "files.list", "args": {"path": "."}}]],
    )
    tool: Line | None = Field(
        default=None, description="With args, shorthand for a plan of one step.", examples=["files.read"]
    )
    args: dict[str, JsonValue] = Field(default_factory=dict, description="The arguments of `tool`.")
    prompt: str | None = Field(
        default=None,
        min_length=1,
        description="What a language model is asked to do.",
        examples=["Summarise README.md in three sentences."],
    )
    depends_on: Annotated[list[Dependency], FailFast(), Field(max_length=sizes.DEPENDENCIES), Unique] = Field(
        default_factory=list, description="Keys of tasks of the same batch, or ids of jobs.", examples=[["build"]]
    )
    data: dict[str, JsonValue] = Field(
        default_factory=dict, description="The task's own data, handed to what runs it.", examples=[{"branch": "main"}]
    )

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

"""The job, with all that a client may know of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from agents.agent_types import AgentType
from tasks.api.shapes.base import Actor, Page, Shape, Tail
from tasks.models.attempt import Outcome
from tasks.models.call import CallState
from tasks.spec.choices import JobType, RuntimeName
from tasks.spec.priorities import Priority
from tasks.states import State

EXAMPLE_ID = "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b"


def one_of(*words: str) -> Any:
    """Text that is one of these words."""
    return Field(json_schema_extra={"enum": list(words)})


JobTypeWord = Annotated[str, one_of(*JobType)]
StateWord = Annotated[str, one_of(*State)]
PriorityLabel = Annotated[str, one_of(*(priority.label for priority in Priority))]
AgentTypeWord = Annotated[str, one_of(*AgentType.values)]
RuntimeWord = Annotated[str, one_of(*RuntimeName)]
OutcomeWord = Annotated[str, one_of(*Outcome.values)]
CallStateWord = Annotated[str, one_of(*CallState.values)]


class SessionName(Shape):
    id: UUID
    name: str = Field(examples=["nightly"])


class Estimate(Shape):
    """Seconds until it starts: half of such jobs start sooner than p50, nine of ten sooner than p90."""

    p50: float
    p90: float
    known: bool = Field(description="False where fewer than 100 jobs of its kind have ended: then little is known.")
    finished: int = Field(description="How many jobs of its kind it was learnt from.")


class WaitingFor(Shape):
    """The one limit that holds a waiting job."""

    code: str = Field(description="Stable, for programs.", examples=["session_cap"])
    sentence: str = Field(description="For people, with the numbers.", examples=["session nightly runs 3 of 3"])
    limit: float | None
    used: float | None


class Progress(Shape):
    percent: float | None = Field(examples=[40])
    message: str = Field(examples=["writing tests"])


class JobLimits(Shape):
    timeout_ms: int
    attempts: int
    tokens: int | None
    turns: int | None
    cost: float | None
    cpu: float | None
    memory_mb: int | None
    result_ttl: int | None = Field(description="Seconds for which the result is kept; null: for ever.")


class AttemptError(Shape):
    code: str = Field(examples=["exit_code"])
    message: str


class Attempt(Shape):
    """One execution of the job by one worker."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: OutcomeWord | None = Field(description="Null while it runs.")
    error: AttemptError | None
    seconds: float | None = Field(description="How long it ran; null while it runs.")


class JobError(Shape):
    code: str = Field(examples=["exit_code"])
    kind: str = Field(description="Such as `permanent`, `exhausted`, `timed_out` or `crashed`.", examples=["permanent"])
    message: str


class Usage(Shape):
    """What it has used. Lists do not look up what language models did."""

    cpu_seconds: float | None
    max_rss_mb: float | None
    tokens: int | None = Field(description="Of language models, in and out together, without its children's.")
    cost: float | None = Field(description="US dollars for those.")


class PolicyDecision(Shape):
    verdict: str = Field(examples=["ALLOW"])
    rule: str | None = Field(description="The rule that decided; null where none spoke of it.")
    redacted: list[str] = Field(
        description="Where something was taken out before the job was stored.", examples=[["args.env.API_KEY"]]
    )


class JobApproval(Shape):
    """What people were asked about the job: `/api/approvals/ID/` tells the rest."""

    id: UUID
    tool: str = Field(examples=["email.send"])
    state: str = Field(examples=["approved"])
    decided_by: str | None = Field(examples=["user:ann"])


class Job(Shape):
    """One unit of work."""

    id: UUID = Field(examples=[EXAMPLE_ID])
    type: JobTypeWord
    workspace: str = Field(description="Its slug.", examples=["default"])
    project: str | None = Field(description="Its slug.")
    session: SessionName
    agent: UUID | None = Field(description="The id of the agent that it is for.")
    agent_type: AgentTypeWord
    parent: UUID | None = Field(description="The id of the job that submitted it, if a job did.")
    children: dict[str, int] | None = Field(
        description="How many jobs that it submitted are in which state; `?parent=ID` lists them. Lists do not look it "
        "up.",
        examples=[{"completed": 3, "running": 1}],
    )
    key: str | None = Field(description="Its name inside the batch it came in.")
    title: str
    description: str
    runtime: RuntimeWord | None = Field(description="Null for jobs that make, heal or end agents.")
    tool: str | None = Field(description="Where the spec was a single call: the tool.")
    arguments: dict[str, Any] = Field(description="Where the spec was a single call: its arguments.")
    data: dict[str, Any]
    priority: PriorityLabel
    state: StateWord
    state_since: datetime
    version: int = Field(description="Rises with each change of state.")
    position: int | None = Field(description="Its place in its session's queue, from 1; null unless it is queued.")
    estimate: Estimate | None = Field(
        description="When it is expected to start; null unless it is queued and free to start in its turn."
    )
    waiting_for: WaitingFor | None = Field(description="Why it waits; null unless it does.")
    progress: Progress
    depends_on: list[UUID]
    files: list[str]
    tags: list[str]
    metadata: dict[str, Any]
    limits: JobLimits
    attempts: list[Attempt]
    attempt: int = Field(description="How often a worker began it.")
    max_attempts: int
    submitted_by: Actor
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    deadline: datetime | None
    available_at: datetime | None = Field(
        description="It does not start earlier: a delay, or the pause before a retry."
    )
    wait_seconds: float | None = Field(description="How long it waited before it first started.")
    worker: str | None = Field(description="The worker that runs it, or ran it last.")
    result: Any = Field(description="What it returned; any JSON.")
    result_purged_at: datetime | None = Field(description="When its result was deleted, since `result_ttl` was over.")
    error: JobError | None
    cancel_requested_at: datetime | None
    idempotency_key: str | None = Field(
        description="The Idempotency-Key it was submitted under. Lists do not look it up."
    )
    usage: Usage
    policy: PolicyDecision
    approvals: list[JobApproval] | None = Field(
        description="What people were asked about it, the oldest first. Lists do not look it up."
    )


class JobPage(Page[Job]):
    """Jobs, the newest first."""


class JobBatch(Shape):
    """The jobs of a batch, in the order of its tasks. `position` and `waiting_for` are not looked up here."""

    results: list[Job]


class CancelledJob(Job):
    """The job, and what became of it."""

    outcome: Annotated[str, one_of("never_started", "stopping")] = Field(
        description="`never_started`: it waited, and is cancelled. `stopping`: its worker was asked to stop it; "
        "it is cancelled when its process is gone."
    )


class ReplayedCall(Shape):
    """A call on record, and what becomes of it when the job is retried."""

    index: int
    tool: str
    effect: str
    state: CallStateWord
    becomes: Annotated[str, one_of("reused", "repeated", "asked", "blocked")] = Field(
        description="`reused`: its recorded result is taken. `repeated`: it is made again. `asked`: a person decides "
        "first. `blocked`: the policy refuses it."
    )
    why: str


class RetriedJob(Job):
    """The job, and what becomes of the calls that its earlier attempts recorded."""

    replay: list[ReplayedCall]


class LogLines(Shape):
    id: int
    stream: str = Field(examples=["stdout"])
    text: str
    at: datetime
    attempt: int


class LogTail(Tail[LogLines]):
    """What a job printed, all attempts one after the other."""


class Call(Shape):
    """One call of a tool. `asks` tells how often it was asked about, `decided_by` who let it run or not."""

    id: UUID
    attempt: int
    index: int
    tool: str = Field(examples=["files.read"])
    arguments: dict[str, Any]
    effect: str = Field(examples=["pure"])
    verdict: str = Field(examples=["ALLOW"])
    rule: str | None
    state: CallStateWord = Field(
        description="`unknown`: it began, and nobody knows how it ended. `waits`: for jobs that it submitted."
    )
    asks: int
    decided_by: str | None
    result: Any
    error: str | None
    seconds: float | None
    started_at: datetime
    ended_at: datetime | None


class CallPage(Page[Call]):
    """A job's calls of tools, in their order."""

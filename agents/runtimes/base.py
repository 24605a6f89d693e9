"""What a runtime gets and gives: the work, the host that permits and records it, the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from agents.sandbox.base import Limits, Sandbox
from agents.tools.base import JSON, Effect, Grant
from agents.tools.email.account import FindAccount
from agents.tools.registry import OWN
from agents.tools.task.children import Children
from agents.tools.toolset import Toolset


@dataclass(frozen=True)
class Budget:
    """What a language model may use in one job, all attempts together; None is no limit.

    `tokens` in and out together, `turns` as answers of the model, `cost` in US dollars. `seconds` is what this attempt
    alone may take: the host ends it then, and a runtime does not wait for what comes later.
    """

    tokens: int | None = None
    turns: int | None = None
    tool_calls: int | None = None
    cost: Decimal | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Credential:
    """A provider's key in clear, for the attempt that asked for it; it is written nowhere. No `base_url`: the
    provider's own."""

    provider: str
    name: str
    key: str = field(repr=False)
    base_url: str = ""


@dataclass(frozen=True)
class Work:
    """One attempt of one job, as its runtime sees it."""

    job_id: str
    attempt: int
    runtime: str
    data: Mapping[str, Any]
    """The runtime's part of the spec: `command`, `steps`, or `prompt`; and `env`."""
    directory: Path
    limits: Limits = field(default_factory=Limits)
    grants: tuple[Grant, ...] = ()
    tools: Toolset = OWN
    """What its calls may name: our own tools, and those of the workspace's servers."""
    mail: FindAccount | None = None
    """Gives the mail accounts of the workspace to its calls."""
    children: Children | None = None
    """Lets its calls submit other jobs, and wait for them."""
    budget: Budget = field(default_factory=Budget)
    """Its limits as they were set; `Host.budget` tells what others leave of them."""
    resume: JSON = None
    """What an earlier attempt gave to `Host.checkpoint` last, to go on from; None begins anew."""
    earlier: JSON = None
    """What the agent whose job it is said before, `{"messages", "revision"}`; None for a job of nobody's."""


@dataclass(frozen=True)
class Log:
    """One line of output; the stream is `stdout`, `stderr`, `model` for what a language model says, or `system` for
    the platform's own words."""

    stream: str
    text: str


@dataclass(frozen=True)
class Progress:
    """How far it is: 0 to 100 where that is known, and a short message."""

    percent: int | None
    message: str


Output = Log | Progress


@dataclass(frozen=True)
class Call:
    """One tool call, counted from 0 in its attempt, with its arguments as they would run."""

    index: int
    tool: str
    arguments: dict[str, Any]
    effect: Effect


@dataclass(frozen=True)
class Answer:
    """What the gate says to a call: run it with these arguments, take this earlier result, or stop.

    `arguments` None means unchanged. `refusal` is the sentence that names the rule. `has_recorded_result` tells a
    recorded null from none.
    """

    proceed: bool
    arguments: dict[str, Any] | None = None
    recorded_result: JSON = None
    has_recorded_result: bool = False
    refusal: str | None = None
    waits: bool = False
    """Somebody has to decide first. The runtime may gate other calls of the same turn, finish what runs, and then
    raises `Suspend`; the next attempt gates the same calls again and finds each one decided."""


class Suspend(Exception):
    """Ends the attempt without charge until what it waits for is there: a person's decision, or other jobs.

    Not a Failure. The job holds no slot meanwhile, and its next attempt finds every recorded call.
    """


class Host(Protocol):
    """What the platform gives a runtime; it knows nothing else of it."""

    @property
    def sandbox(self) -> Sandbox: ...

    async def emit(self, output: Output) -> None:
        """Show and store a line or the progress."""
        ...

    async def gate(self, call: Call) -> Answer:
        """Ask before each call: policy, journal, budget. Calls keep their index from one attempt to the next."""
        ...

    async def record(
        self, call: Call, result: JSON = None, error: Exception | None = None, seconds: float = 0.0
    ) -> None:
        """Write down how a call ended. A cancelled call is not recorded: nobody knows how far it came."""
        ...

    async def waits(self, call: Call) -> None:
        """Write down that the call waits for other jobs: the next attempt makes it again, without asking anew."""
        ...

    async def checkpoint(self, data: JSON, *, tokens: int = 0, cost: Decimal | None = None) -> None:
        """Keep this, in place of what was kept before, so that another attempt finds it as `Work.resume`; and what the
        job's models have used until then, all attempts together."""
        ...

    async def budget(self, limits: Budget) -> Budget:
        """What the job itself may use now of these limits of it: less what the jobs that it submitted take of them."""
        ...

    async def revise(self, messages: JSON) -> int | None:
        """Keep this shorter conversation as a new revision of the agent's context, which is returned; None where the
        job is no agent's."""
        ...

    async def credential(self, provider: str, name: str) -> Credential:
        """The workspace's key for a provider of models, in clear; `name` may be empty where it has one only.

        Raises an InterlockError where there is none.
        """
        ...


class Runtime(Protocol):
    """Carries out one kind of work."""

    @property
    def name(self) -> str: ...

    @property
    def reads_refusals(self) -> bool:
        """Whether it goes on when a call was denied; the job of one that does not is cancelled then."""
        ...

    def needs_directory(self, data: Mapping[str, Any]) -> bool:
        """Whether this work needs a directory of its own; `Work.directory` is not made for what does not."""
        ...

    async def run(self, work: Work, host: Host) -> JSON:
        """Do the work and return its result; raises Failure. Cancellation leaves no process behind.

        `work.data` has been checked as a spec; what is wrong with it all the same is the Failure `bad_work`.
        """
        ...

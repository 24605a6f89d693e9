"""The runtime `plan`: tool calls from the spec, in order, each through the gate.

A step is `{"tool": …, "args": {…}, "id": …}`; its arguments may refer to earlier results (`references`). The first
step that fails ends the plan with its failure. The result is `{"steps": [each result], "result": the last one}`;
where all of them are too much to keep, the earliest are replaced by `{"omitted_bytes": …}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.runtimes import references
from agents.runtimes.base import Host, Log, Progress, Work
from agents.runtimes.calls import context_of, perform
from agents.runtimes.failure import Failure, permanent
from agents.runtimes.references import Fault, Results, has_references
from agents.tools.base import JSON, ToolContext
from agents.tools.registry import OWN
from agents.tools.results import MAX_RESULT_BYTES


class Step(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    tool: str
    args: dict[str, Any] = {}
    id: str | None = None


class PlanData(BaseModel):
    """What the runtime reads of a spec."""

    model_config = ConfigDict(extra="ignore", strict=True)

    steps: list[Step] = Field(min_length=1)
    env: dict[str, str] = {}


class PlanRuntime:
    name = "plan"
    reads_refusals = False

    def needs_directory(self, data: Mapping[str, Any]) -> bool:
        named = {step["tool"] for step in data["steps"]}
        return any(tool not in OWN or OWN.get(tool).needs_directory for tool in named)

    async def run(self, work: Work, host: Host) -> JSON:
        try:
            data = PlanData.model_validate(dict(work.data))
        except ValidationError as problem:
            raise permanent("bad_work", "The job has no steps that could be run.") from problem
        context = context_of(work, host, data.env)
        results = Results()
        total = len(data.steps)
        for index, step in enumerate(data.steps):
            place = f"Step {index + 1} of {total}: {step.tool}"
            if total > 1:
                await host.emit(Log("system", place))
            try:
                result = await _take(index, step, results, context, host)
                results.add(step.id, result)
            except Failure as failure:
                message = f"{place}: {failure.message}"
                raise Failure(failure.kind, failure.code, message, data=failure.data) from failure
            await host.emit(Progress((index + 1) * 100 // total, f"{index + 1} of {total}"))
        return {"steps": _bounded(results), "result": results.values[-1]}


async def _take(index: int, step: Step, results: Results, context: ToolContext, host: Host) -> JSON:
    for argument in _open_to_injection(step):
        raise permanent("bad_reference", _INJECTION.format(argument))
    return await perform(index, step.tool, results.fill(step.args), context, host)


_INJECTION = (
    "`{}` as one text cannot refer to earlier results, since they could run as commands; "
    "use a list of words, `stdin` or `env`."
)


def _open_to_injection(step: Step) -> list[str]:
    """The arguments of the step where a result would be run as part of a shell line."""
    if step.tool not in OWN:
        return []
    shielded = OWN.get(step.tool).no_references
    return [name for name in shielded if isinstance(step.args.get(name), str) and has_references(step.args[name])]


def faults(steps: Sequence[Step]) -> list[Fault]:
    """Every reference of a plan that can be known not to work before it runs."""
    found = references.faults([(step.id, step.args) for step in steps])
    for index, step in enumerate(steps):
        found += [Fault(index, name, _INJECTION.format(name)) for name in _open_to_injection(step)]
    return found


def _bounded(results: Results) -> list[Any]:
    left = MAX_RESULT_BYTES
    kept = []
    for result, size in zip(reversed(results.values), reversed(results.sizes), strict=True):
        left -= size
        kept.append(result if left >= 0 else {"omitted_bytes": size})
    return kept[::-1]

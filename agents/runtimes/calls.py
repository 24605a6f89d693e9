"""One tool call from wish to result: checked, permitted, run, recorded. Every runtime that calls tools does it so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from agents.errors import InvalidInput
from agents.runtimes.base import Call, Host, Log, Suspend, Work
from agents.runtimes.classify import classify
from agents.runtimes.failure import Failure, permanent
from agents.tools import calling
from agents.tools.base import JSON, ToolContext
from agents.tools.registry import OWN
from agents.tools.toolset import Toolset


def context_of(work: Work, host: Host, env: Mapping[str, str]) -> ToolContext:
    """What the tools of this attempt may use."""

    async def log(stream: str, line: str) -> None:
        await host.emit(Log(stream, line))

    return ToolContext(
        job_id=work.job_id,
        attempt=work.attempt,
        directory=work.directory,
        sandbox=host.sandbox,
        log=log,
        limits=work.limits,
        grants=work.grants,
        env=env,
        tools=work.tools,
        mail=work.mail,
        children=work.children,
    )


async def perform(index: int, name: str, arguments: Mapping[str, Any], context: ToolContext, host: Host) -> JSON:
    """Call the tool and return its result, or the one that is recorded of an earlier run of this very call.

    Raises Failure: `unknown_tool`, `invalid_arguments`, `blocked_by_policy` (permanent), or the tool's own; and
    Suspend where somebody has to decide first, or the call waits for other jobs.
    """
    tools = context.tools or OWN
    call, checked = _checked(tools, index, name, arguments)
    answer = await host.gate(call)
    if answer.has_recorded_result:
        return answer.recorded_result
    if answer.waits:
        raise Suspend(f"{name} waits for approval")
    if not answer.proceed:
        raise permanent("blocked_by_policy", answer.refusal or f"The policy does not allow {name}.")
    if answer.arguments is not None and answer.arguments != call.arguments:
        call = replace(call, arguments=dict(answer.arguments))
        try:
            call, checked = _checked(tools, index, name, answer.arguments)
        except Failure as fault:
            await host.record(call, error=fault)
            raise
    start = time.monotonic()
    try:
        result = await calling.call(tools.get(name), _at(context, index), checked)
    except Suspend:
        await host.waits(call)
        raise
    except Exception as problem:
        failure = classify(problem)
        await host.record(call, error=failure, seconds=time.monotonic() - start)
        raise failure from problem
    await host.record(call, result=result, seconds=time.monotonic() - start)
    return result


def _at(context: ToolContext, place: int) -> ToolContext:
    return context if context.place == place else replace(context, place=place)


def _checked(tools: Toolset, index: int, name: str, arguments: Mapping[str, Any]) -> tuple[Call, BaseModel]:
    try:
        checked = tools.validate(name, arguments)
    except InvalidInput as problem:
        raise permanent(problem.code, problem.message) from problem
    effect = tools.get(name).effect_of(checked)
    return Call(index, name, dict(arguments), effect), checked

"""The agent's loop: the model is asked, its calls run, it is asked again with their results, until it is done.

Importing this imports Pydantic AI, which takes seconds; `runtime` does so when it must.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic_ai import Agent, CallToolsNode, DeferredToolRequests, ModelRequestNode
from pydantic_ai.capabilities import ProcessHistory
from pydantic_ai.exceptions import ModelContextWindowExceededError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.run import AgentRun
from pydantic_ai.settings import ModelSettings as AskedSettings
from pydantic_ai.tools import RunContext
from pydantic_ai.usage import UsageLimits
from pydantic_graph import End

from agents.runtimes.base import Host, Log, Progress, Work
from agents.runtimes.calls import context_of
from agents.runtimes.failure import Failure, permanent, transient
from agents.runtimes.llm import failures, history
from agents.runtimes.llm.calling import Calls
from agents.runtimes.llm.choosing import chosen, names_for_models
from agents.runtimes.llm.data import LlmData
from agents.runtimes.llm.driving import driven
from agents.runtimes.llm.fitting import MOST_OVERFLOWS, Fitting
from agents.runtimes.llm.history import Past, calls_of
from agents.runtimes.llm.models import credential_for, opened
from agents.runtimes.llm.names import ModelName
from agents.runtimes.llm.patience import Patience
from agents.runtimes.llm.spending import Spent, exceeded, refuses_calls, used_up
from agents.runtimes.llm.telling import Telling
from agents.tools.base import JSON

Run = AgentRun[None, Any]


async def run(work: Work, data: LlmData, name: ModelName, host: Host, *, silence: float) -> JSON:
    """The model's last answer, and what all of them used. Raises Failure, and Suspend where calls have to wait.

    A Failure has what there is so far as `data["partial"]`; the key stands in none.
    """
    async with (
        credential_for(name, data.model_settings.key, host) as credential,
        opened(name, credential, silence=silence) as model,
    ):
        loop = Loop(work, data, host, name, model)
        try:
            return await loop.run()
        except Exception as problem:
            failure = problem if isinstance(problem, Failure) else failures.failure_of(problem, name, loop.result())
            if failure is None:
                raise
            sentence = _without(credential.key, failure.message)
            # Without the client's own exception: it may quote the request.
            raise Failure(failure.kind, failure.code, sentence, data=failure.data) from None


class Loop:
    """One attempt of one conversation."""

    def __init__(self, work: Work, data: LlmData, host: Host, name: ModelName, model: Model) -> None:
        self._limits = self._budget = work.budget
        self._data, self._host, self._name = data, host, name
        self._past = history.load(work.resume, work.earlier)
        mine = chosen(data.tools, work.tools, data.role.tools if data.role else None)
        asked = mine if data.tools is None else chosen(data.tools, work.tools)
        self._left_out = [tool.name for tool in asked if tool not in mine]
        tools = names_for_models(mine)
        context = context_of(work, host, data.env)
        self._calls = Calls(tools, context, host, self._past.calls)
        self._usage = self._past.usage
        self._text = self._past.last.text or "" if self._past.last else ""
        until = None if work.budget.seconds is None else time.monotonic() + work.budget.seconds
        asked_model, told_of_tools = driven(model, name, data, tools)
        told = [data.role.prompt if data.role else "", data.instructions, told_of_tools]
        self._fitting = Fitting(model, name, data, host, self._past, told, tools)
        self._agent: Agent[None, Any] = Agent(
            asked_model,
            name="interlock",
            output_type=[str, DeferredToolRequests],
            instructions=[part for part in told if part],
            toolsets=[self._calls],
            capabilities=[ProcessHistory(self._fit), Patience(name.provider, until, self._say)],
            model_settings=_asked_settings(data),
        )

    async def run(self) -> JSON:
        last = self._past.last
        for tool in self._left_out:
            await self._say(f"The agent's role does not have {tool}.")
        if last is not None and not calls_of(last):
            return self.result()  # it was done, and only its end was not written any more
        prompt, messages = None if self._past.is_begun else self._data.prompt, self._past.messages
        for overflows in range(MOST_OVERFLOWS + 1):
            shorter = await self._converse(prompt, messages, may_overflow=overflows < MOST_OVERFLOWS)
            if shorter is None:
                break
            prompt, messages = None, shorter
        if self._calls.waiting:
            raise self._calls.waiting[0]
        return self.result()

    async def _converse(
        self, prompt: str | None, messages: Sequence[ModelMessage], *, may_overflow: bool
    ) -> list[ModelMessage] | None:
        """Until the model is done, which is None; or the messages to go on with where they were too long for it."""
        async with self._agent.iter(
            prompt,
            message_history=messages or None,
            usage=self._usage,
            usage_limits=UsageLimits(request_limit=None),  # `spending` holds the limits, with sentences for people
        ) as run:
            node = run.next_node
            try:
                while not isinstance(node, End):
                    if isinstance(node, ModelRequestNode):
                        await self._ask(node, run)
                    elif isinstance(node, CallToolsNode):
                        await self._act_on(node, run)
                    node = await run.next(node)
            except ModelContextWindowExceededError:
                if not may_overflow:
                    raise
                return await self._fitting.shorten_more(run.all_messages(), run.usage, self._why_not_ask)
        return None

    async def _fit(self, ctx: RunContext[None], messages: list[ModelMessage]) -> list[ModelMessage]:
        return await self._fitting.fit(messages, ctx.usage, self._why_not_ask)

    def _why_not_ask(self) -> str | None:
        """For a summary: there must be a turn left after it."""
        spent = self._spent()
        return used_up(replace(spent, turns=spent.turns + 1), self._budget)

    async def _ask(self, node: ModelRequestNode[None, Any], run: Run) -> None:
        self._budget = await self._host.budget(self._limits)
        self._hold_to(used_up(self._spent(), self._budget))
        turn, most = self._usage.requests + 1, self._budget.turns
        await self._host.emit(Progress(None, f"turn {turn}" + (f" of at most {most}" if most else "")))
        telling = Telling(self._host)
        try:
            async with node.stream(run.ctx) as stream:
                async for event in stream:
                    await telling.hear(event)
        finally:
            self._usage = run.usage
            self._text = telling.text or self._text
        await telling.end()

    async def _act_on(self, node: CallToolsNode[None, Any], run: Run) -> None:
        """Keep the answer; then run its calls, if it has some and may."""
        answer = node.model_response
        self._refuse_useless(answer)
        self._fitting.learn(answer.usage)
        began, base = self._fitting.began, self._fitting.base
        kept = Past(run.all_messages(), self._usage, began, self._calls.count, base)
        spent = self._spent()
        await self._host.checkpoint(history.dump(kept), tokens=spent.tokens, cost=spent.cost)
        self._hold_to(exceeded(self._spent(), self._budget))
        calls = calls_of(answer)
        if not calls:
            return
        self._hold_to(used_up(self._spent(), self._budget))
        self._calls.begin_turn(calls)
        self._hold_to(refuses_calls(self._spent(), self._budget))
        async with node.stream(run.ctx) as events:
            async for _ in events:
                pass

    def _refuse_useless(self, answer: ModelResponse) -> None:
        if answer.finish_reason == "content_filter":
            raise self._with_partial(failures.refused(self._name))
        if answer.finish_reason == "length":
            raise self._with_partial(failures.cut_off(self._name))
        if answer.state != "complete":
            broken = transient("model_stream_broken", f"The answer of {self._name.provider} broke off.")
            raise self._with_partial(broken)

    def _hold_to(self, limit: str | None) -> None:
        if limit is not None:
            raise self._with_partial(permanent("over_budget", limit))

    def _with_partial(self, failure: Failure) -> Failure:
        failure.data["partial"] = self.result()
        return failure

    def _spent(self) -> Spent:
        usage = self._usage
        return Spent(usage.input_tokens, usage.output_tokens, usage.requests, self._calls.count, usage.cost)

    def result(self) -> JSON:
        return {"text": self._text, "model": str(self._name), "usage": self._spent().as_json()}

    async def _say(self, text: str) -> None:
        await self._host.emit(Log("system", text))


def _asked_settings(data: LlmData) -> AskedSettings:
    asked = AskedSettings()
    if data.model_settings.temperature is not None:
        asked["temperature"] = data.model_settings.temperature
    if data.model_settings.max_tokens is not None:
        asked["max_tokens"] = data.model_settings.max_tokens
    return asked


def _without(key: str, text: str) -> str:
    return text.replace(key, "…") if key else text

"""Keeps the conversation of a run within the window of its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.usage import RequestUsage, RunUsage

from agents.runtimes.base import Host, Log
from agents.runtimes.llm import failures, history
from agents.runtimes.llm.compressing import ASK_FOR_SUMMARY, compress, length_of
from agents.runtimes.llm.data import LlmData
from agents.runtimes.llm.history import Past
from agents.runtimes.llm.names import ModelName
from agents.runtimes.llm.sizes import AFTER, NEAR, tokens_in
from agents.runtimes.llm.windows import window_of
from agents.tools.base import Tool

MOST_OVERFLOWS = 2
"""How often a provider may say in one attempt that the conversation is too long after all."""
MOST_SCALE = 4.0

WhyNotAsk = Callable[[], str | None]
"""The sentence that says why the model must not be asked, if it must not."""


class Fitting:
    """`began` and `base` are as in `Past`, and change where messages went."""

    def __init__(
        self,
        model: Model,
        name: ModelName,
        data: LlmData,
        host: Host,
        past: Past,
        told: Sequence[str],
        tools: Mapping[str, Tool],
    ) -> None:
        self.began, self.base = past.began, past.base
        self._model, self._name, self._host = model, name, host
        self._window = window_of(name, data.model_settings.context_window)
        described = "".join(tool.description + json.dumps(tool.schema) for tool in tools.values())
        self._always = tokens_in("".join(told)) + tokens_in(described)
        self._asked = 0
        self._scale = 1.0

    def learn(self, usage: RequestUsage) -> None:
        """What the provider read, against what was estimated: estimates that were too low are put right."""
        if self._asked:
            self._scale = min(MOST_SCALE, max(1.0, usage.input_tokens / self._asked))

    async def fit(self, messages: list[ModelMessage], usage: RunUsage, why_not: WhyNotAsk) -> list[ModelMessage]:
        """The messages as they are, or shorter ones where they come near the window."""
        self._asked = self._always + length_of(messages)
        if self._asked * self._scale <= self._window * NEAR:
            return messages
        shorter = await self._shorten(messages, usage, why_not)
        self._asked = self._always + length_of(shorter)
        return shorter

    async def shorten_more(
        self, messages: list[ModelMessage], usage: RunUsage, why_not: WhyNotAsk
    ) -> list[ModelMessage]:
        """The provider says that they are too long: its window is smaller than was thought."""
        self._window = min(self._window, self._always + length_of(messages))
        self._scale = 1.0
        return await self._shorten(messages, usage, why_not)

    async def _shorten(self, messages: list[ModelMessage], usage: RunUsage, why_not: WhyNotAsk) -> list[ModelMessage]:
        room = max(0, int(self._window * AFTER / self._scale) - self._always)

        async def summarise(text: str) -> str | None:
            return None if why_not() else await self._summary(text, usage)

        done = await compress(messages, self.began, room, summarise)
        before, after = length_of(messages), length_of(done.messages)
        if after >= before:
            return messages  # the tasks alone are so long: the provider has the last word
        self.began = done.began
        self.base = await self._host.revise(history.dump_messages(done.messages)) or self.base
        sentence = (
            f"The conversation came near the window of {self._name} ({self._window:,} tokens) and was {done.how}: "
            f"about {before:,} tokens before, {after:,} now."
        )
        await self._host.emit(Log("system", sentence))
        return done.messages

    async def _summary(self, text: str, usage: RunUsage) -> str | None:
        """By the model itself, which counts as a turn; None where it cannot."""
        asked = [ModelRequest.user_text_prompt(f"{ASK_FOR_SUMMARY}\n\n{text}")]
        try:
            async with model_request_stream(self._model, asked) as stream:
                async for _ in stream:
                    pass
                answer = stream.get()
        except Exception as problem:
            if failures.failure_of(problem, self._name, None) is None:
                raise
            return None
        usage.incr(answer.usage)
        usage.requests += 1
        if (price := _price_of(answer)) is not None:
            usage.cost = (usage.cost or Decimal(0)) + price
        return answer.text


def _price_of(answer: ModelResponse) -> Decimal | None:
    """In US dollars; None where nobody knows it. An agent's own answers are priced by the library, this one is not."""
    if not answer.model_name:
        return None
    try:
        return answer.cost().total_price
    except (LookupError, ValueError):
        return None

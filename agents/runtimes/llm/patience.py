"""Asks a model again that could not answer, after a pause that the job's log tells of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from pydantic_ai import exceptions
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.tools import RunContext

from agents.runtimes.llm.pausing import pause_before_retry


class Patience(AbstractCapability[None]):
    """Only before anything of an answer has come: what breaks off later fails the attempt."""

    def __init__(self, provider: str, until: float | None, say: Callable[[str], Awaitable[None]]) -> None:
        self._provider, self._until, self._say = provider, until, say

    async def on_model_request_error(
        self, ctx: RunContext[None], *, request_context: ModelRequestContext, error: Exception
    ) -> NoReturn:
        limited = isinstance(error, exceptions.ModelRateLimitError)
        if not limited and not isinstance(error, exceptions.ModelUnavailableError | exceptions.ModelServerError):
            raise error
        left = None if self._until is None else self._until - time.monotonic()
        asked_for: Any = getattr(error, "retry_after", None)
        pause = pause_before_retry(
            asked_for=asked_for, limited=limited, tries=request_context.attempt, seconds_left=left
        )
        if pause is None:
            raise error
        await self._say(f"{self._provider} {pause.why}; asking again in {pause.seconds:g} s.")
        await asyncio.sleep(pause.seconds)
        raise exceptions.RetryModelRequest

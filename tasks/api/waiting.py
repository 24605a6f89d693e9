"""`?wait=SECONDS`: the answer comes when the job is over, or the time is.

The view itself runs and ends first. Then the request waits as a coroutine, which looks now and then in a transaction
of its own and holds neither thread nor connection in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.problems import of_exception
from agents.tenancy import as_user
from tasks.api import queries
from tasks.api.presenting import present_one
from tasks.api.shapes.job import Job
from tasks.models import AgentJob
from tasks.states import OVER

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
WAIT = queries.number("wait", "Answer when the job is over, or after so many seconds.", 0, 60, 0)


@dataclass(frozen=True)
class Patience:
    """Whose answer may wait for which job, and how long."""

    actor: Actor
    job: UUID
    seconds: int

    def is_over(self) -> bool:
        """Whether there is nothing left to wait for; while the database is away nobody knows."""
        try:
            with as_user(self.actor) as actor:
                state = AgentJob.objects.for_user(actor).filter(pk=self.job).values_list("state", flat=True).first()
        except (OperationalError, InterfaceError):
            return False
        finally:
            close_old_connections()
        return state is None or state in OVER

    def look(self) -> Job:
        with as_user(self.actor) as actor:
            return present_one(AgentJob.objects.find(actor, self.job, "job"))


def answer(
    actor: Actor, job: Job, seconds: int, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """The job as it is now; `patient` exchanges it for the job as it is later."""
    response = Response(job, status=status, headers=headers)
    if seconds and job.state not in OVER:
        response.patience = Patience(actor, job.id, seconds)  # type: ignore[attr-defined]
    return response


def patient(view: Callable[..., HttpResponseBase]) -> Callable[..., Coroutine[Any, Any, HttpResponseBase]]:
    """The REST view as one whose answers may wait."""

    @wraps(view)
    async def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = await sync_to_async(view)(request, *args, **kwargs)
        patience: Patience | None = getattr(response, "patience", None)
        if patience is None:
            return response
        await sync_to_async(close_old_connections)()
        await _until_over(patience)
        try:
            response.data = await sync_to_async(patience.look)()  # type: ignore[attr-defined] # not yet rendered
        except Exception as error:
            if (problem := of_exception(error)) is None:
                raise
            return problem.response()
        return response

    return waiting


async def _until_over(patience: Patience) -> None:
    give_up = time.monotonic() + patience.seconds
    pause = FIRST_PAUSE
    while not await sync_to_async(patience.is_over)():
        left = give_up - time.monotonic()
        if left <= 0:
            return
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)

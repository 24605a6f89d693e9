"""How large a body may be, watched while it comes: too much of it is never stored, whatever its headers promised.

An ASGI application around Django's, which itself would first put the whole body on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from agents.api.problems import Problem, of_error
from agents.errors import TooLarge
from tasks.spec import sizes
from tasks.spec.errors import Code, PayloadTooLarge
from tasks.spec.errors import Problem as Mistake

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

SMALL = 64 * 1024
LIMITS = {
    "/api/tasks": sizes.JOB_BYTES,
    "/api/agent-jobs": sizes.JOB_BYTES,
    "/api/tasks/batch": sizes.BATCH_BYTES,
}
DRAINED_BYTES, DRAINED_SECONDS = 2 * sizes.BATCH_BYTES, 10
"""So much of what is too large is still received and thrown away: a client that is cut off while it sends does not
read why."""


class TooMuch(Exception):
    """More came than may come."""


class BodyLimit:
    """Answers 413 to bodies under /api/ that are larger than their path takes."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        limit = LIMITS.get(scope["path"].rstrip("/"), SMALL)
        headers = {name.lower(): value for name, value in scope["headers"]}
        if _announced(headers) > limit:
            # Who asks before sending has sent nothing yet.
            await _refuse(limit, send, None if b"expect" in headers else receive)
            return
        try:
            await self.app(scope, _counted(receive, limit), send)
        except TooMuch:
            await _refuse(limit, send, receive)


def _announced(headers: dict[bytes, bytes]) -> int:
    said = headers.get(b"content-length", b"")
    return int(said) if said.isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    """The same messages, until they are too much. Django reads all of them before it does anything."""
    came = 0

    async def counting() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise TooMuch
        return message

    return counting


async def _refuse(limit: int, send: Send, receive: Receive | None) -> None:
    if receive is not None:
        await _drain(receive)
    response = _problem(limit).response()
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers += [(b"content-length", str(len(response.content)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


async def _drain(receive: Receive) -> None:
    left = DRAINED_BYTES
    try:
        async with asyncio.timeout(DRAINED_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _problem(limit: int) -> Problem:
    if limit == SMALL:
        return of_error(TooLarge(f"The body is larger than {SMALL // 1024} KiB, the most that is taken here."))
    sentence = f"The document is larger than {limit // sizes.MIB} MiB, the most that is taken here."
    hint = " Submit it in parts." if limit == sizes.BATCH_BYTES else " Keep large inputs in files."
    return of_error(PayloadTooLarge(Mistake((), Code.PAYLOAD_TOO_LARGE, sentence + hint).detail()))

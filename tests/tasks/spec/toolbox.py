"""A few tools to look up, and a way to read specs with them, so that these tests stand alone."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from agents.errors import Detail
from agents.tools.base import Arguments, Effect, Tool
from tasks.spec import InvalidSpec, TaskSpec, parse


class Echo(Arguments):
    text: str


class Sleep(Arguments):
    seconds: float = Field(ge=0, le=60)


class Read(Arguments):
    path: str


class Write(Arguments):
    path: str
    text: str

    @field_validator("path")
    @classmethod
    def _relative(cls, path: str) -> str:
        if path.startswith("/"):
            raise ValueError("The path must be relative")
        return path


class Request(Arguments):
    method: Literal["GET", "POST"] = "GET"
    url: str
    headers: dict[str, str] = {}
    retries: int | list[int] = 0


async def never_run(context: Any, arguments: Any) -> Any:
    raise NotImplementedError


class Toolbox:
    def __init__(self, **arguments: type[BaseModel]) -> None:
        self._tools = {
            name.replace("_", "."): Tool(name.replace("_", "."), "", model, Effect.PURE, never_run)
            for name, model in arguments.items()
        }

    def names(self) -> list[str]:
        return list(self._tools)

    def get(self, name: str, /) -> Tool:
        return self._tools[name]


TOOLS = Toolbox(echo=Echo, sleep=Sleep, files_read=Read, files_write=Write, files_list=Read, http_request=Request)


def read(body: bytes | str, content_type: str | None = "application/yaml", **options: Any) -> list[TaskSpec]:
    return parse(body, content_type, **({"tools": TOOLS} | options))


def mistakes(body: bytes | str, content_type: str | None = "application/yaml", **options: Any) -> list[Detail]:
    """What is refused in a document that must not be accepted."""
    try:
        accepted = read(body, content_type, **options)
    except InvalidSpec as refused:
        return refused.details
    raise AssertionError(f"accepted: {accepted}")


def mistake(body: bytes | str, content_type: str | None = "application/yaml", **options: Any) -> Detail:
    """The only mistake of a document."""
    (only,) = mistakes(body, content_type, **options)
    return only

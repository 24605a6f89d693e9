"""MCP servers of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Page, Shape


class ToolServer(Shape):
    """An MCP server whose tools jobs may call."""

    id: UUID
    name: str = Field(description="Its tools are `name.tool`.", examples=["clock"])
    workspace: str = Field(description="The workspace's slug.", examples=["default"])
    transport: str = Field(description="`stdio` or `http`.", examples=["stdio"])
    command: list[str] = Field(description="The program and its arguments; empty for `http`.")
    url: str = Field(description="Where it is; empty for `stdio`.")
    env: list[str] = Field(description="The names of its variables; their values are never shown.")
    headers: list[str] = Field(description="The names of its headers; their values are never shown.")
    enabled: bool = Field(description="Whether its tools are offered.")
    call_seconds: float = Field(description="How long one call may take.")
    tools: list[str] = Field(description="What it had when it was last refreshed.", examples=[["clock.convert_time"]])
    refreshed_at: datetime | None
    created_at: datetime


class OfferedTool(Shape):
    """A tool as jobs call it."""

    name: str = Field(examples=["clock.convert_time"])
    description: str = Field(description="In the server's own words.")
    effect: str = Field(description="`pure`, `idempotent` or `external`, by what the server says of it.")
    schema_: dict[str, Any] = Field(alias="schema", description="The JSON Schema of its arguments.")
    annotations: dict[str, Any] = Field(description="What the server says of its effect.")


class SkippedTool(Shape):
    """A tool that cannot be offered."""

    name: str
    why: str


class ToolServerDetail(ToolServer):
    """A server with what it offers."""

    offered: list[OfferedTool]
    skipped: list[SkippedTool]


class ToolServerPage(Page[ToolServer]):
    """Servers, by name."""

"""What the runtime reads of a spec."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ModelSettings(BaseModel):
    """How the model is asked. `tool_calls: text` is for models that cannot call tools by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = ""
    tool_calls: Literal["native", "text"] = "native"
    temperature: float | None = None
    max_tokens: int | None = None
    context_window: int | None = None


class RoleData(BaseModel):
    """Of the agent whose job it is: what it is told first, and the names and globs of its tools."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    prompt: str
    tools: list[str]


class LlmData(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    prompt: str = Field(min_length=1)
    model: str
    instructions: str = ""
    tools: list[str] | None = None
    model_settings: ModelSettings = ModelSettings()
    env: dict[str, str] = {}
    role: RoleData | None = None

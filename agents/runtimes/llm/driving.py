"""How a model comes to call tools: by itself, by JSON in its text, or held to it by its server."""

from __future__ import annotations

from pydantic_ai.models import Model

from agents.runtimes.llm import text_tools
from agents.runtimes.llm.data import LlmData
from agents.runtimes.llm.local import held
from agents.runtimes.llm.names import LOCAL, ModelName
from agents.tools.base import Tool


def driven(model: Model, name: ModelName, data: LlmData, tools: dict[str, Tool]) -> tuple[Model, str]:
    """The model as the loop asks it, and what it is told of its tools."""
    if name.provider == LOCAL:
        return held.Held(model, tools), held.instructions(tools)
    if data.model_settings.tool_calls == "text":
        return text_tools.TextTools(model), text_tools.instructions(tools)
    return model, ""

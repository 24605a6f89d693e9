"""Runs one call of a tool, and holds what comes back to the bounds of a result."""

from __future__ import annotations

from typing import Any

from agents.runtimes.failure import permanent
from agents.tools.base import JSON, Tool, ToolContext
from agents.tools.results import MAX_RESULT_BYTES, size_of, storable


async def call(tool: Tool, context: ToolContext, arguments: Any) -> JSON:
    """The tool's result: JSON that can be stored, of at most 256 KiB. Raises Failure, or what the tool raises."""
    result = await tool.run(context, arguments)
    try:
        result = storable(result)
        size = size_of(result)
    except (TypeError, ValueError, RecursionError) as problem:
        raise permanent("result_not_json", f"What {tool.name} gave back is no JSON that can be stored.") from problem
    if size > MAX_RESULT_BYTES:
        raise permanent(
            "result_too_large",
            f"What {tool.name} gave back has {size:,} bytes; at most {MAX_RESULT_BYTES:,} are kept.",
        )
    return result

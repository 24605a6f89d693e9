"""What a server says it has, within our bounds: names that can be called, schemas that can be checked."""

from __future__ import annotations

import re
from typing import Any

from agents.tools.mcp.schemas import fault_of
from agents.tools.mcp.server import RemoteTool, Skipped
from agents.tools.results import head, size_of, storable

MOST_TOOLS = 500
MOST_BYTES = 2 * 1024 * 1024
DESCRIPTION_BYTES = 4 * 1024
MOST_SKIPPED = 50
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}\Z")
_HINTS = ("readOnlyHint", "idempotentHint", "destructiveHint", "openWorldHint")


class Listing:
    """The tools of a server, as its pages come."""

    def __init__(self) -> None:
        self.tools: dict[str, RemoteTool] = {}
        self.skipped: list[Skipped] = []
        self._left = MOST_BYTES

    @property
    def is_full(self) -> bool:
        return len(self.tools) >= MOST_TOOLS or self._left <= 0

    def add(self, tool: Any) -> None:
        """Take a tool as the library read it (`mcp_types.Tool`), or note why it cannot be offered."""
        why = self._fault(tool)
        if why:
            if len(self.skipped) < MOST_SKIPPED:
                self.skipped.append(Skipped(storable(tool.name)[:128], why))
            return
        taken = RemoteTool(
            name=tool.name,
            description=head(storable(tool.description or ""), DESCRIPTION_BYTES)[0],
            schema=storable(tool.input_schema),
            annotations=_hints(tool.annotations),
        )
        self._left -= size_of(taken.as_dict())
        if self._left > 0:
            self.tools[taken.name] = taken

    def _fault(self, tool: Any) -> str:
        if not _NAME.match(tool.name):
            return "its name has other characters than letters, digits, `_`, `-` and `.`, or more than 128"
        if tool.name in self.tools:
            return "another tool has the same name"
        if self.is_full:
            return f"the server has more than {MOST_TOOLS} tools, or describes them in over {MOST_BYTES:,} bytes"
        return fault_of(tool.input_schema)


def _hints(annotations: Any) -> dict[str, bool]:
    if annotations is None:
        return {}
    said = annotations.model_dump(by_alias=True, exclude_none=True)
    return {name: said[name] for name in _HINTS if isinstance(said.get(name), bool)}

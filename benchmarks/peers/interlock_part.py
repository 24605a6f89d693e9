"""`python -m benchmarks.peers.interlock_part …` is the `interlock` command with the no-op job as one more tool."""

from __future__ import annotations

from typing import Any

from agents.tools import registry
from agents.tools.base import Arguments, Effect, Tool, ToolContext
from benchmarks.stamps import stamp

NOOP = "bench.noop"


async def _run(context: ToolContext, arguments: Any) -> None:
    stamp()


registry._TOOLS[NOOP] = Tool(NOOP, "Write down when it began.", Arguments, Effect.PURE, _run, needs_directory=False)

if __name__ == "__main__":
    from config.cli import main

    main()

"""`python -m benchmarks.peers.interlock_part …` is the `interlock` command with the no-op job as one more tool."""

from __future__ import annotations

from typing import Any, cast

from agents.tools.base import Arguments, Effect, Tool, ToolContext
from agents.tools.registry import OWN
from benchmarks.stamps import stamp

NOOP = "bench.noop"


async def _run(context: ToolContext, arguments: Any) -> None:
    stamp()


noop = Tool(NOOP, "Write down when it began.", Arguments, Effect.PURE, _run, needs_directory=False)
cast(dict[str, Tool], OWN.tools)[NOOP] = noop  # our own tools are a closed set; this one is only measured

if __name__ == "__main__":
    from config.cli import main

    main()

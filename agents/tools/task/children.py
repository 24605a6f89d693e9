"""What the tools `task.submit` and `task.wait` ask of the platform; it gives each attempt one of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from agents.runtimes.failure import permanent
from agents.tools.base import JSON, ToolContext


class Children(Protocol):
    """The jobs that one job submitted: its children.

    Both verbs answer `{"tasks": [{"id", "key", "title", "state", "result", "error"}, …]}`, and raise Suspend where they
    have to wait for children that are not over: the next attempt calls them again and gets the answer.
    """

    async def submit(self, place: int, tasks: Sequence[dict[str, Any]], *, wait: bool) -> JSON:
        """Submit the specs, once for this place among the job's calls, however often the call is made again.

        Raises an InterlockError where something is wrong with them, and then nothing was submitted.
        """
        ...

    async def wait(self, ids: Sequence[str] | None) -> JSON:
        """Wait for these children, or for all of them. Raises NotFound for an id that is none of them."""
        ...


def children_of(context: ToolContext) -> Children:
    """Those of the job whose call this is; raises the Failure `no_children` outside of a platform."""
    if context.children is None:
        raise permanent("no_children", "Only a job of the platform can submit other jobs.")
    return context.children

"""What a spec asks of a language model, against what there is: whose model it is, and the tools it may call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.runtimes.llm import names
from agents.runtimes.llm.choosing import can_select, is_glob
from tasks.spec.errors import Code, Problem
from tasks.spec.model import TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.tool_calls import Tools, unknown


def problems(spec: TaskSpec, path: Path, tools: Tools) -> Iterator[Problem]:
    """A spec without a model is sound here: whether there is one for it, the workspace knows; and so with tools that
    may be those of its servers."""
    if spec.model is not None:
        try:
            names.parse(spec.model)
        except names.UnknownModel as problem:
            yield Problem((*path, "model"), Code.UNKNOWN_MODEL, problem.message)
    yield from problems_of_tools(spec.tools or (), (*path, "tools"), tools)


def problems_of_tools(patterns: Sequence[str], path: Path, tools: Tools) -> Iterator[Problem]:
    """Names and globs that can select nothing, whatever servers the workspace has."""
    known = tools.names()
    for place, pattern in enumerate(patterns):
        if can_select(pattern, known):
            continue
        if is_glob(pattern):
            sentence = f"No tool is named like {quote(pattern)}; there are {', '.join(known)}."
            yield Problem((*path, place), Code.UNKNOWN_TOOL, sentence)
        else:
            yield unknown(pattern, (*path, place), known)

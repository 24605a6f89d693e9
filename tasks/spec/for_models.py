"""What a spec asks of a language model, against what there is: whose model it is, and the tools it may call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from agents.runtimes.llm import names
from agents.runtimes.llm.choosing import is_glob, may_select_others
from agents.tools.registry import may_be_of_a_server
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
        if not is_glob(pattern):
            if pattern not in known and not may_be_of_a_server(pattern):
                yield unknown(pattern, (*path, place), known)
        elif not may_select_others(pattern) and not any(fnmatchcase(name, pattern) for name in known):
            sentence = f"No tool is named like {quote(pattern)}; there are {', '.join(known)}."
            yield Problem((*path, place), Code.UNKNOWN_TOOL, sentence)

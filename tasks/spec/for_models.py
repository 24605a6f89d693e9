"""What a spec asks of a language model, against what there is: whose model it is, and the tools it may call."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from agents.runtimes.llm import names
from agents.runtimes.llm.choosing import is_glob
from tasks.spec.errors import Code, Problem
from tasks.spec.model import TaskSpec
from tasks.spec.paths import Path
from tasks.spec.quoting import quote
from tasks.spec.tool_calls import Tools, unknown


def problems(spec: TaskSpec, path: Path, tools: Tools) -> Iterator[Problem]:
    """A spec without a model is sound here: whether there is one for it, the workspace knows."""
    if spec.model is not None:
        try:
            names.parse(spec.model)
        except names.UnknownModel as problem:
            yield Problem((*path, "model"), Code.UNKNOWN_MODEL, problem.message)
    known = tools.names()
    for place, pattern in enumerate(spec.tools or ()):
        if not is_glob(pattern):
            if pattern not in known:
                yield unknown(pattern, (*path, "tools", place), known)
        elif not any(fnmatchcase(name, pattern) for name in known):
            sentence = f"No tool is named like {quote(pattern)}; there are {', '.join(known)}."
            yield Problem((*path, "tools", place), Code.UNKNOWN_TOOL, sentence)

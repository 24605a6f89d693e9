"""What a spec asks to be run: its runtime inferred, contradictions refused, a title derived."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from tasks.spec.choices import JobType, RuntimeName
from tasks.spec.errors import Code, Problem

if TYPE_CHECKING:
    from tasks.spec.model import TaskSpec

RUNTIME_OF: dict[str, RuntimeName] = {
    "command": RuntimeName.COMMAND,
    "steps": RuntimeName.PLAN,
    "tool": RuntimeName.PLAN,
    "prompt": RuntimeName.LLM,
}
"""The fields that are work, each with the runtime that runs it. A task has exactly one of them."""

FOR_MODELS = ("model", "instructions", "tools", "context", "model_settings")
ONLY_WITH = {"args": "tool", **dict.fromkeys(FOR_MODELS, "prompt")}
"""Fields that mean nothing without another one."""

PROBLEMS = "spec_problems"
"""The type of the pydantic error that carries several problems out of a model."""

_NEEDS = {RuntimeName.COMMAND: "`command`", RuntimeName.PLAN: "`steps` or `tool`", RuntimeName.LLM: "`prompt`"}
_RUNTIMES = frozenset(RuntimeName)
_LONGEST_TITLE = 80
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]{0,39}")


def complete(spec: TaskSpec) -> None:
    """Set the runtime and the title of a spec that is being made; refuses one that contradicts itself."""
    values = spec.__dict__  # the model is frozen, and this is its last validator
    given = [name for name in (*RUNTIME_OF, *ONLY_WITH) if values[name]]
    runtime = RUNTIME_OF.get(given[0]) if given else None
    ordinary = len(given) == 1 and spec.type is JobType.EXECUTE_TASK and spec.runtime in (None, runtime)
    if not ordinary or runtime is None or spec.deadline is not None:
        found = contradictions(given, spec.type.value, spec.runtime) + _times(spec)
        if found:
            raise carrier(found)
    values["runtime"] = runtime
    if not spec.title:
        values["title"] = derived_title(spec)


def carrier(problems: Sequence[Problem]) -> PydanticCustomError:
    """One error that takes all these problems through pydantic; `tasks.spec.sentences` unpacks it."""
    return PydanticCustomError(PROBLEMS, "{sentence}", {"sentence": problems[0].message, "problems": list(problems)})


def contradictions(given: Collection[str], job_type: str, runtime: str | None) -> list[Problem]:
    """What does not go together, told from the names of the fields alone: the values may be wrong as well."""
    work = [name for name in RUNTIME_OF if name in given]
    if job_type != JobType.EXECUTE_TASK:
        return [
            _conflict(name, f"A job of type {job_type} takes its particulars in `data`; remove `{name}`.")
            for name in (*work, *ONLY_WITH, *(("runtime",) if runtime else ()))
            if name in given or name == "runtime"
        ]
    if len(work) > 1:
        names = " and ".join(f"`{name}`" for name in work)
        return [_conflict(work[1], f"{names} contradict each other; a task has one of them.")]
    if not work:
        needed = _NEEDS.get(RuntimeName(runtime)) if runtime in _RUNTIMES else None
        sentence = needed or "`command`, `steps`, `tool` or `prompt`"
        return [Problem((), Code.MISSING_FIELD, f"The task does not say what to run; give it {sentence}.")]
    found = [
        _conflict(name, f"`{name}` means something together with `{partner}` only; remove it.")
        for name, partner in ONLY_WITH.items()
        if name in given and partner not in given
    ]
    if runtime in _RUNTIMES and runtime != RUNTIME_OF[work[0]]:
        sentence = f"`runtime: {runtime}` and `{work[0]}` contradict each other; remove `runtime`, it is inferred."
        found.append(_conflict("runtime", sentence))
    return found


def _conflict(name: str, sentence: str) -> Problem:
    return Problem((name,), Code.CONFLICTING_FIELDS, sentence)


def _times(spec: TaskSpec) -> list[Problem]:
    if spec.deadline and spec.not_before and spec.not_before >= spec.deadline:
        return [_conflict("not_before", "`not_before` is not before `deadline`, so it could never start.")]
    return []


def derived_title(spec: TaskSpec) -> str:
    """A title for people from the work; arguments that might hold a secret stay out of it."""
    if spec.command:
        title = _of_command(spec.command)
    elif spec.tool:
        title = spec.tool
    elif spec.steps:
        others = len(spec.steps) - 1
        title = spec.steps[0].tool + (f" and {others} more step{'s' * (others > 1)}" if others else "")
    elif spec.prompt:
        title = spec.prompt
    else:
        title = " ".join(word for word in (spec.type.value, spec.agent) if word)
    return _one_line(title) or spec.type.value


def _of_command(command: list[str]) -> str:
    """The program, and its subcommand or script."""
    words = [command[0].rpartition("/")[2] or command[0]]
    if len(command) > 1 and _PLAIN_WORD.fullmatch(command[1]):
        words.append(command[1])
    return " ".join(words)


def _one_line(text: str) -> str:
    if len(text) <= _LONGEST_TITLE and text.isprintable():
        return text.strip()
    line: str = next((line.strip() for line in text[:2000].splitlines() if line.strip()), "")
    line = "".join(letter for letter in line if letter.isprintable())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"

"""The examples that the demo runs, and how each of them should end."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.runtimes.llm.local import installed
from config.failures import CannotStart
from tasks.cli.spec_file import Changes, SpecFile

JSON = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples"
CANCEL_AT_PERCENT = 10
CANCEL_REASON = "the demo has seen enough"
NOTE_EDIT = {"path": "heron.txt", "text": "The heron waits at the edge of the water.\n"}
ASK_ABOUT_FILES = {
    "tool": "files.write",
    "verdict": "REQUIRE_APPROVAL",
    "comment": "what a small model writes, a person reads",
}
MAIL_EDIT = {
    "subject": "The Mountain Line runs 5 minutes late",
    "text": "The Mountain Line runs about five minutes late today. We are sorry.\n",
}


@dataclass(frozen=True)
class Example:
    """One file of tasks. `expected` says in which states how many of its jobs should end."""

    name: str
    expected: Mapping[str, int]
    attempts: int = 1
    """How often its job should have been begun."""
    error: str = ""
    """A part of the sentence with which it should fail."""
    env: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    """A program without which it cannot run."""
    is_cancelled: bool = False
    """Whether the demo cancels it as soon as it has come some way."""
    edit: Mapping[str, str] = field(default_factory=dict)
    """With what in its arguments the demo approves the call that it wants to make."""
    comment: str = ""
    """Why, as the person says it."""
    sends_mail: bool = False
    rule: Mapping[str, Any] = field(default_factory=dict)
    """A rule of the workspace by which its call asks a person."""
    tool_calls: int | None = None
    """How often its model should have called a tool; None for what is done without a model."""

    @property
    def path(self) -> Path:
        return FOLDER / self.name / f"{self.name}.yaml"

    @property
    def is_batch(self) -> bool:
        return sum(self.expected.values()) > 1

    @property
    def missing(self) -> str:
        """Why it cannot run on this machine; nothing if it can."""
        return f"{self.needs} is not installed" if self.needs and shutil.which(self.needs) is None else ""

    def read(self) -> SpecFile:
        return SpecFile.read(str(self.path))

    def changes(self, scratch: Path) -> Changes:
        """What its tasks are told beyond what stands in the file."""
        return Changes(env={name: value.format(root=ROOT, scratch=scratch) for name, value in self.env.items()})

    def complaint(self, jobs: Sequence[JSON]) -> str:
        """What is not as it should be with its jobs at the end; nothing if all is well."""
        if Counter(job["state"] for job in jobs) != Counter(self.expected):
            return "did not end as it should"
        if self.is_batch:
            return "" if all(job["attempt"] == 1 for job in jobs) else "some ran more than once"
        if jobs[0]["attempt"] != self.attempts:
            return f"was begun {jobs[0]['attempt']} times, and not {self.attempts}"
        if self.tool_calls is not None and (wrong := self._wrong_use(jobs[0]["result"] or {})):
            return wrong
        if self.error not in str((jobs[0]["error"] or {}).get("message", "")):
            return f"does not say: {self.error}"
        return ""

    def _wrong_use(self, result: JSON) -> str:
        usage = result.get("usage", {})
        if not result.get("text") or not usage.get("input_tokens") or not usage.get("output_tokens"):
            return "its model said nothing, or its tokens were not counted"
        called = usage["tool_calls"]
        return "" if called == self.tool_calls else f"its model called {called} tools, and not {self.tool_calls}"


EXAMPLES = (
    Example("git-report", {"completed": 1}, env={"REPOSITORY": "{root}"}, needs="git"),
    Example("plan", {"completed": 1}),
    Example("flaky", {"completed": 1}, attempts=3, env={"STATE_FOLDER": "{scratch}"}),
    Example("failing", {"failed": 1}, error="'25:61' is no time of the day"),
    Example("cancelled", {"cancelled": 1}, is_cancelled=True),
    Example("mail", {"completed": 1}, attempts=2, edit=MAIL_EDIT, comment="no jokes about cows", sends_mail=True),
    Example("team", {"completed": 1}, attempts=2),
    Example("batch", {"completed": 40}),
)
OF_THE_LOCAL_MODEL = (
    Example("local-ask", {"completed": 1}, tool_calls=0),
    Example("local-tool", {"completed": 1}, tool_calls=1),
    Example(
        "local-note",
        {"completed": 1},
        attempts=2,
        edit=NOTE_EDIT,
        comment="a name that tells what is in it",
        rule=ASK_ABOUT_FILES,
        tool_calls=1,
    ),
)


def chosen(local_llm: bool) -> tuple[Example, ...]:
    """Those that are to run. Raises CannotStart where the examples, which come with the repository and not with the
    package, are not there, or the model that they need."""
    if local_llm and (missing := installed.missing()):
        raise CannotStart(missing)
    examples = OF_THE_LOCAL_MODEL if local_llm else EXAMPLES
    if not all(example.path.is_file() for example in examples):
        raise CannotStart(f"The examples are not in {FOLDER}; run the demo in a clone of the repository.")
    return examples


def summed_up(states: Mapping[str, int]) -> str:
    """`40 completed`, and `completed` for one alone."""
    if sum(states.values()) == 1:
        return next(state for state, count in states.items() if count)
    return ", ".join(f"{count} {state}" for state, count in states.items() if count)

"""What /tasks/new/ shows: the examples to start from, and what is right or wrong about a spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from agents.errors import Detail, InterlockError
from tasks.pages import times
from tasks.pages.marks import counted
from tasks.pages.places import Place
from tasks.spec import InvalidSpec, PayloadTooLarge, TaskSpec, parse

MOST_LISTED = 8


@dataclass(frozen=True)
class Example:
    name: str
    title: str
    about: str
    text: str


EXAMPLES = (
    Example(
        "command",
        "A command",
        "Any program; its output is streamed.",
        """\
# Any program of this machine. What it prints is the log.
title: Say hello
session: first-steps
priority: normal
command: [sh, -c, "echo hello; sleep 2; echo done"]
limits:
  timeout: 1m
""",
    ),
    Example(
        "plan",
        "A plan",
        "Tool calls, run in order, each under the policy.",
        """\
# Tool calls, one after the other. Each is recorded, so a retry repeats none that was done.
title: Write and read a file
session: first-steps
steps:
  - tool: files.write
    args:
      path: notes.txt
      text: Written by a plan.
  - tool: files.read
    args:
      path: notes.txt
""",
    ),
    Example(
        "batch",
        "A batch with dependencies",
        "Three tasks; the last waits for the others.",
        """\
# Accepted all together, or not at all.
defaults:
  session: release
  agent_type: qa
tasks:
  - key: unit
    title: Unit tests
    command: [echo, unit tests passed]
  - key: lint
    title: Style
    command: [echo, nothing to complain about]
  - title: Announce
    priority: low
    depends_on: [unit, lint]
    command: [echo, released]
""",
    ),
)


@dataclass(frozen=True)
class Verdict:
    """`problems` where something is wrong, else `ready` lines, else only a title."""

    title: str
    problems: Sequence[Detail] = ()
    ready: Sequence[str] = ()


@dataclass(frozen=True)
class Link:
    title: str
    text: str
    url: str
    current: bool


@dataclass(frozen=True)
class Page:
    url: str
    check_url: str
    spec: str
    examples: list[Link]
    verdict: Verdict = field(default_factory=lambda: Verdict(""))


def example(name: str) -> Example:
    return next((one for one in EXAMPLES if one.name == name), EXAMPLES[0])


def page(place: Place, text: str, chosen: str, said: Verdict | None = None) -> Page:
    links = [
        Link(one.title, one.about, reverse("pages:new") + place.query(example=one.name), one.name == chosen)
        for one in EXAMPLES
    ]
    return Page(reverse("pages:new") + place.query(), reverse("pages:check"), text, links, said or verdict(text))


def verdict(text: str) -> Verdict:
    """What the one reader of specs says; where it is content, what would be submitted."""
    if not text.strip():
        return Verdict("Write a spec, or start from an example.")
    try:
        specs = parse(text)
    except InterlockError as error:
        return mistakes(error)
    lines = [_described(spec) for spec in specs[:MOST_LISTED]]
    if len(specs) > MOST_LISTED:
        lines.append(f"and {counted(len(specs) - MOST_LISTED, 'more task')}")
    return Verdict(f"Ready: {counted(len(specs), 'task')}", ready=lines)


def mistakes(error: InterlockError) -> Verdict:
    details = error.details if isinstance(error, InvalidSpec | PayloadTooLarge) else []
    if not details:
        return Verdict("It was not accepted", problems=[Detail(error.message, error.code)])
    return Verdict(counted(len(details), "mistake"), problems=details)


def _described(spec: TaskSpec) -> str:
    priority = f", {spec.priority.label}" if spec.priority is not None else ""
    limit = f", up to {times.span(spec.limits.timeout.total_seconds())}" if spec.limits.timeout else ""
    waits = f", after {', '.join(spec.depends_on)}" if spec.depends_on else ""
    runtime = spec.runtime or spec.type
    return f"“{spec.title}”: {runtime} in session {spec.session}{priority}{limit}{waits}"

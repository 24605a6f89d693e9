"""Any spec that can be written, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from agents.runtimes.llm import names
from tasks.spec import AgentType, Isolation, JobType, OnDependencyFailure, Priority, TaskSpec
from tasks.spec.choices import ContextChoice, ToolCalls

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
TEXTS = st.text(LETTERS, max_size=30)
LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(n) for n in (*range(32), 127)]),
    min_size=1,
    max_size=20,
)
WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,10}", fullmatch=True)
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,10}", fullmatch=True)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
DURATIONS = st.integers(1, 24 * 86_400_000).map(lambda n: timedelta(milliseconds=n))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
STEPS = st.fixed_dictionaries(
    {"tool": LINES, "args": OBJECTS}, optional={"id": st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,10}", fullmatch=True)}
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "timeout": DURATIONS,
        "attempts": st.integers(1, 100),
        "tokens": st.integers(1, 10**9),
        "turns": st.integers(1, 100_000),
        "tool_calls": st.integers(1, 10**6),
        "cost": st.floats(0.0001, 10**6),
        "cpu": st.floats(0.01, 1024),
        "memory_mb": st.integers(1, 2**22),
        "result_ttl": DURATIONS,
    },
)
_WORK = st.one_of(
    st.fixed_dictionaries({"command": st.lists(TEXTS, max_size=4).map(lambda rest: ["program", *rest])}),
    st.fixed_dictionaries({"tool": LINES}, optional={"args": OBJECTS}),
    st.fixed_dictionaries({"steps": st.lists(STEPS, min_size=1, max_size=3)}),
    st.fixed_dictionaries(
        {"prompt": st.text(LETTERS, min_size=1, max_size=60)},
        optional={
            "model": st.sampled_from([*names.EXAMPLES.values()]),
            "instructions": TEXTS,
            "tools": st.lists(st.sampled_from(["files.*", "echo"]), max_size=2, unique=True),
            "context": st.sampled_from(ContextChoice),
            "model_settings": st.fixed_dictionaries(
                {}, optional={"key": LINES, "tool_calls": st.sampled_from(ToolCalls), "temperature": st.floats(0, 2)}
            ),
        },
    ),
    st.fixed_dictionaries({"type": st.sampled_from(sorted(set(JobType) - {JobType.EXECUTE_TASK}))}),
)
_REST = st.fixed_dictionaries(
    {},
    optional={
        "key": WORDS,
        "title": LINES,
        "description": TEXTS,
        "workspace": SLUGS,
        "project": SLUGS,
        "session": LINES,
        "agent": LINES,
        "agent_type": st.sampled_from(AgentType),
        "priority": st.sampled_from(Priority),
        "env": st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), TEXTS, max_size=3),
        "data": OBJECTS,
        "depends_on": st.lists(st.uuids().map(str), max_size=3, unique=True),
        "on_dependency_failure": st.sampled_from(OnDependencyFailure),
        "files": st.lists(st.just("src/**/*.py") | WORDS.filter(lambda word: ".." not in word.split("/")), unique=True),
        "isolation": st.sampled_from(Isolation),
        "limits": LIMITS,
        "tags": st.lists(SLUGS, max_size=4, unique=True),
        "metadata": OBJECTS,
        "not_before": MOMENTS,
    },
)
_DEADLINES = st.none() | st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=9))


def _spec(work: dict[str, Any], rest: dict[str, Any], later: timedelta | None) -> TaskSpec:
    if "type" in work:  # whose data has fields of its own
        rest = {name: value for name, value in rest.items() if name != "data"}
    if later is not None:
        rest = {**rest, "deadline": rest.get("not_before", datetime(2030, 1, 1, tzinfo=UTC)) + later}
    return TaskSpec.model_validate({**work, **rest})


SPECS = st.builds(_spec, _WORK, _REST, _DEADLINES)

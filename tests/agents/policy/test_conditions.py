"""Conditions are refused with the place of what is wrong, and none of them can take long."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from agents.policy.conditions import LONGEST, Facts, InvalidCondition, NotEvaluated, condition_of
from agents.policy.types import Action

pytestmark = pytest.mark.requirement("P1")


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("args.a ==", 1, 10, "ends where something is missing"),
        ('args.a == 1 &&\n  args.b === "x"', 2, 12, "cannot be read here"),
        ("args.a == 'open", 1, 11, "cannot be read here"),
        ("arg.a == 1", 1, 1, "There is no arg here"),
        ("true &&\nfoo(args)", 2, 1, "There is no function foo"),
        ("args.a.map(x, x + x) == []", 1, 8, "There is no function map"),
        ("args.a.filter(x, true) == []", 1, 8, "There is no function filter"),
        ("args.a.exists(x, x.exists(y, y.exists(z, z)))", 1, 1, "3 levels"),
        ("args.a.matches(args.b)", 1, 16, "must be written out"),
        ("args.a.exists(x, x.matches('a{50}'))", 1, 28, "counted repetition"),
        ("args.a == " + "1 + " * 20 + "1", 1, 1, "20 times +"),
        ("(" * 500 + "true" + ")" * 500, 1, 97, "cannot be read"),
        (" " * (LONGEST + 1), 1, 1, "characters"),
    ],
)
def test_what_does_not_compile_is_refused_with_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(InvalidCondition) as refused:
        condition_of(text)
    [detail] = refused.value.details
    assert said in detail.message
    assert (detail.path, detail.line, detail.code) == ("when", line, "invalid_condition")
    assert f"line {line}, column " in detail.message
    if "500" not in said and not text.startswith("("):
        assert f"column {column})" in detail.message


@pytest.mark.parametrize(
    "text",
    [
        'args.a == "foo(bar" // nope(x)',
        r"args.a == r'\d+(' || args.b == '''it's(''' ",
        'args.a["x-y"].exists(k, k == "a") && !has(args.b)',
        "timestamp('2026-01-01T00:00:00Z').getFullYear() == 2026",
        'job.tags.all(t, t != "wip") && session.name in ["a", "b"] && effect != "external"',
    ],
)
def test_texts_comments_and_bound_names_are_no_mistakes(text: str) -> None:
    assert condition_of(text)


def test_the_same_text_is_compiled_once() -> None:
    assert condition_of("args.a == 1") is condition_of("args.a == 1")


def test_only_what_is_read_is_handed_over() -> None:
    assert condition_of('args.a.b == 1 && agent.type == "dev"').reads == {("args", "a"), ("agent", "type")}
    assert condition_of('"a" in args').reads == {("args", "")}
    assert condition_of("args.a.exists(x, x.y == tool)").reads == {("args", "a"), ("tool", "")}


WORST: list[tuple[str, dict[str, Any]]] = [
    ("args.l.exists(x, args.l.exists(y, x == -y - 1))", {"l": list(range(300_000))}),
    ("args.l.exists(x, args.t.contains('b'))", {"l": list(range(100_000)), "t": "a" * 500_000}),
    ("size(args.t + args.t + args.t + args.t + args.t + args.t + args.t + args.t) == 1", {"t": "a" * 1_000_000}),
    ("args.t.matches('(a+)+$') || args.t.matches('(a|aa)*b')", {"t": "a" * 500_000}),
    (r"args.l.exists(x, x.matches('\\w+\\s\\w+\\s[0-9a-f]+'))", {"l": ["a b"] * 100_000}),
    (r"args.t.matches('(\\w{90}){90}')", {"t": "a"}),
    ("args.a.all(x, x.all(y, y < 5)) && args.a.all(x, x.all(y, y < 6))", {"a": [[1] * 900] * 900}),
]


@pytest.mark.parametrize(("text", "args"), WORST, ids=[text[:40] for text, _ in WORST])
def test_the_worst_that_can_be_written_ends_soon(text: str, args: dict[str, Any]) -> None:
    condition = condition_of(text)
    begun = time.process_time()
    with suppress(NotEvaluated):
        condition.holds(Facts(Action("t", args), condition.reads))
    spent, begun = time.process_time() - begun, time.process_time()
    sum(number * number for number in range(1_000_000))
    assert spent < 40 * (time.process_time() - begun), "longer than forty million steps of Python on this machine"

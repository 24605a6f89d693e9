"""Tasks of a batch depend on each other by key: in order, without a circle, each name known."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.spec import InvalidSpec, TaskSpec, order
from tests.tasks.spec.toolbox import mistake, mistakes, read

pytestmark = pytest.mark.requirement("J7")


def task(key: str | None, *depends_on: str) -> TaskSpec:
    return TaskSpec(command=["true"], key=key, depends_on=list(depends_on))


def keys(specs: list[TaskSpec]) -> list[str | None]:
    return [spec.key for spec in specs]


def test_what_is_depended_on_comes_first_and_the_rest_stays_in_its_order():
    specs = [task("c", "a", "b"), task("x"), task("b", "a"), task("a"), task(None)]
    assert keys(order(specs)) == ["x", "a", None, "b", "c"]


def test_jobs_of_earlier_submissions_are_named_by_their_id():
    assert order([task("a", "0190b5c8-7c3e-7b1a-9f00-2f4b6c8d0e1a")])


def test_a_circle_is_named():
    with pytest.raises(InvalidSpec, match="a → b → c → a; remove one") as refused:
        order([task("start", "a"), task("a", "b"), task("b", "c"), task("c", "a")])
    assert refused.value.details[0].code == "dependency_cycle"
    assert refused.value.details[0].path == "tasks[1].depends_on"


def test_a_task_cannot_wait_for_itself():
    assert "a → a" in mistake("command: [ls]\nkey: a\ndepends_on: [a]").message


def test_a_circle_has_its_line():
    found = mistake("tasks:\n- {key: a, command: [x], depends_on: [b]}\n- key: b\n  command: [x]\n  depends_on: [a]\n")
    assert (found.code, found.line, found.path) == ("dependency_cycle", 2, "tasks[0].depends_on")


def test_of_a_large_circle_the_beginning_and_the_end_are_named():
    size = 5000
    with pytest.raises(InvalidSpec) as refused:
        order([task(f"t{n}", f"t{(n + 1) % size}") for n in range(size)])
    assert "t0 → t1 → t2 → t3 → t4 → t5 → … → t4995 →" in refused.value.message
    assert len(refused.value.message) < 250


def test_a_chain_of_5000_is_put_in_order():
    chain = [task(f"t{n}", *([f"t{n + 1}"] if n < 4999 else [])) for n in range(5000)]
    assert keys(order(chain)) == [f"t{n}" for n in reversed(range(5000))]


def test_an_unknown_dependency_is_named_with_its_line():
    found = mistake("tasks:\n- {key: a, command: [x]}\n- command: [x]\n  depends_on:\n  - a\n  - missing\n")
    assert (found.code, found.path, found.line) == ("unknown_dependency", "tasks[1].depends_on[1]", 6)
    assert '"missing" is neither' in found.message


def test_one_task_alone_has_nothing_to_depend_on_by_key():
    assert mistake("command: [ls]\ndepends_on: [build]").path == "depends_on[0]"


def test_a_key_stands_for_one_task():
    found = mistake("tasks:\n- {key: a, command: [x]}\n- {key: a, command: [y]}\n")
    assert (found.code, found.path, found.line) == ("duplicate_key", "tasks[1].key", 3)
    assert "tasks[0]" in found.message


def test_a_task_with_another_mistake_is_still_known_by_its_key():
    found = mistakes(json.dumps({"tasks": [{"key": "a"}, {"command": ["x"], "depends_on": ["a"]}]}))
    assert [one.code for one in found] == ["missing_field"]


def test_documents_of_one_text_depend_on_each_other():
    assert keys(read("key: a\ncommand: [x]\n---\nkey: b\ncommand: [x]\ndepends_on: [a]")) == ["a", "b"]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=30))
def test_either_all_stand_behind_what_they_depend_on_or_the_circle_is_real(edges: list[tuple[int, int]]):
    needs: dict[str, list[str]] = {f"t{n}": [] for n in range(16)}
    for one, other in edges:
        needs[f"t{one}"].append(f"t{other}")
    specs = [task(key, *needed) for key, needed in needs.items()]
    try:
        placed = keys(order(specs))
    except InvalidSpec as refused:
        circle = refused.message.split(": ", 2)[2].split(";")[0].split(" → ")
        assert circle[0] == circle[-1]
        if "…" not in circle:
            assert all(after in needs[before] for before, after in itertools.pairwise(circle))
    else:
        assert sorted(map(str, placed)) == sorted(needs)
        for place, key in enumerate(placed):
            assert set(needs[str(key)]) <= set(placed[:place])

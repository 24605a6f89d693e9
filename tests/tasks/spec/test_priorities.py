"""Priorities are said as label, name or number, and shown as label."""

from __future__ import annotations

import pytest

from tasks.spec.priorities import Priority, parse_priority
from tests.tasks.spec.toolbox import read

pytestmark = pytest.mark.requirement("Q1")


@pytest.mark.parametrize("level", range(5))
def test_label_name_and_number_mean_the_same(level: int):
    word = ["critical", "high", "normal", "low", "background"][level]
    for said in (f"P{level}", f"p{level}", word, word.upper(), level + 1, str(level + 1)):
        assert parse_priority(said) == level
        assert read(f"command: [ls]\npriority: {said}")[0].priority == level
    assert Priority(level).label == f"P{level}"
    assert Priority(level).word == word


def test_a_priority_is_taken_as_it_is():
    assert parse_priority(Priority.HIGH) is Priority.HIGH


@pytest.mark.parametrize("said", [0, 6, -1, 9, 1.0, True, None, "", "P5", "P", "urgent", [1], 10**400, "１"])
def test_anything_else_is_none(said: object):
    with pytest.raises(ValueError, match="use P0 to P4"):
        parse_priority(said)

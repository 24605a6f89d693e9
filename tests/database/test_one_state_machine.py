"""The state machine stands in three places: the code, the database and the diagram. They are equal."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tasks.states import EDGES, NEW, State
from tests.database.rows import Connection, scalar

pytestmark = pytest.mark.requirement("J3")

PAGE = (Path(__file__).parents[2] / "docs" / "states.md").read_text()
ARROW = re.compile(r"^ +(\[\*\]|\w+) --> (\w+): (.+)$", re.MULTILINE)
EDGE_ROW = re.compile(r"^\| (?:`(\w+)` )?\| `(\w+)` \| (\w+) \| (.+) \|$", re.MULTILINE)
STATE_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \|$", re.MULTILINE)


def test_the_database_knows_the_same_edges(owner: Connection) -> None:
    pairs = itertools.product([NEW, *State, "nonsense"], repeat=2)
    in_database = {pair: scalar(owner, "SELECT tasks_edge_kinds(%s, %s)", pair) for pair in pairs}
    assert {pair: tuple(kinds) for pair, kinds in in_database.items() if kinds is not None} == EDGES


def test_the_diagram_draws_the_same_edges() -> None:
    drawn = {(NEW if a == "[*]" else a, b): tuple(kinds.split(" / ")) for a, b, kinds in ARROW.findall(PAGE)}
    assert drawn == EDGES
    assert [state for state in State if f"{state} --> [*]" in PAGE] == [State.COMPLETED]


def test_the_table_tells_the_same_edges_and_when_each_is_taken() -> None:
    told = [(before, after, kind) for before, after, kind, when in EDGE_ROW.findall(PAGE) if when.strip()]
    assert told == [(*edge, kind) for edge, kinds in EDGES.items() for kind in kinds]


def test_every_state_is_explained() -> None:
    assert STATE_ROW.findall(PAGE) == [str(state) for state in State]


def test_completed_is_final_and_every_state_can_be_reached() -> None:
    assert not [edge for edge in EDGES if edge[0] == State.COMPLETED]
    assert {after for _, after in EDGES} == set(State)

"""What a person writes into the search field is understood, or said to be not understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.pages.search import Term, read

pytestmark = pytest.mark.requirement("U1")


def test_words_and_fields_are_told_apart() -> None:
    search = read('state:running session:nightly -agent:qa tag:db since:2d "two words" last')
    assert search.terms == (
        Term("state", ("running",)),
        Term("session", ("nightly",)),
        Term("agent", ("qa",), excluded=True),
        Term("tag", ("db",)),
        Term("since", ("2d",)),
    )
    assert search.words == ("two words", "last")
    assert search.complaints == ()


def test_several_values_are_alternatives() -> None:
    assert read("state:failed,cancelled").terms == (Term("state", ("failed", "cancelled")),)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("state:approval", "pending_approval"), ("state:Done", "completed"), ("state:needs-approval", None)],
)
def test_states_have_the_names_that_people_use(said: str, meant: str | None) -> None:
    assert [term.values[0] for term in read(said).terms] == ([meant] if meant else [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colour:red", "There is no filter “colour:”"),
        ("state:asleep", "states are"),
        ("priority:9", "P0 to P4"),
        ("since:soon", "30m, 12h or 2d"),
        ("type:nap", "types are"),
    ],
)
def test_what_is_not_understood_is_said_and_left_out(text: str, complaint: str) -> None:
    search = read(f"{text} word")
    assert complaint in search.complaints[0]
    assert search.terms == ()
    assert search.words == ("word",)


def test_one_session_is_known_as_such() -> None:
    assert read("session:nightly").session == "nightly"
    assert read('session:"two words" state:failed').session == "two words"
    assert read("session:a,b").session is None
    assert read("-session:a").session is None
    assert read("session:a session:b").session is None


@pytest.mark.parametrize("value", ["plain", "two words", "with,comma"])
def test_a_term_reads_back_as_it_was_written(value: str) -> None:
    assert read(str(Term("session", (value,)))).terms == (Term("session", (value,)),)


@given(st.text(max_size=400))
def test_no_text_is_refused(text: str) -> None:
    assert len(read(text).text) <= 300

"""One job as a line of a list."""

from __future__ import annotations

import pytest

from tasks.models import AgentJob
from tasks.pages.rows import first_line, percent_of, tries_of
from tasks.states import State

pytestmark = pytest.mark.requirement("U1")


@pytest.mark.parametrize(
    ("state", "failures", "tries"),
    [
        (State.QUEUED, 0, 1),
        (State.RUNNING, 0, 1),
        (State.QUEUED, 1, 2),
        (State.RUNNING, 2, 3),
        (State.COMPLETED, 2, 3),
        (State.FAILED, 1, 1),
        (State.FAILED, 3, 3),
        (State.FAILED, 0, 1),
        (State.CANCELLED, 1, 2),
    ],
)
def test_the_try_that_counts(state: State, failures: int, tries: int) -> None:
    assert tries_of(AgentJob(state=state, failures=failures, max_attempts=3)) == tries


def test_progress_is_a_whole_percent_of_a_hundred() -> None:
    assert [percent_of(AgentJob(progress_percent=said)) for said in (None, -1, 41.6, 250)] == [None, 0, 42, 100]


def test_of_a_message_the_first_line_with_words_is_shown() -> None:
    assert first_line("\n\n  No module named x  \nTrace") == "No module named x"
    assert first_line("") == ""

"""What another life of a job does with the calls on record, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from agents.tools.base import Effect
from tasks.execution.digest import digest_of
from tasks.execution.reuse import FILES_LOST, IN_DOUBT, Entry, Use, doubt_of, use_of
from tasks.models.call import CallState

pytestmark = pytest.mark.requirement("W7")

HERE, GONE = frozenset({1}), frozenset[int]()
OUTSIDE, IN_FILES = "http.request", "shell.run"


def entry(state: CallState = CallState.DONE, effect: Effect = Effect.EXTERNAL, **fields: Any) -> Entry:
    made = Entry(
        uuid4(), 1, 0, OUTSIDE, "", effect, {}, state, "result", "", "", "", "", "", 0, "", holds=True, continues=True
    )
    return replace(made, **fields)


@pytest.mark.parametrize("effect", Effect)
def test_after_an_interruption_every_recorded_result_is_taken(effect: Effect) -> None:
    assert use_of(entry(effect=effect), GONE) is Use.REUSE


@pytest.mark.parametrize(
    ("effect", "use"), [(Effect.PURE, Use.AGAIN), (Effect.IDEMPOTENT, Use.AGAIN), (Effect.EXTERNAL, Use.REUSE)]
)
def test_after_a_failure_only_external_calls_are_not_made_again(effect: Effect, use: Use) -> None:
    assert use_of(entry(effect=effect, continues=False), GONE) is use


@pytest.mark.parametrize(
    ("effect", "use"), [(Effect.PURE, Use.AGAIN), (Effect.IDEMPOTENT, Use.AGAIN), (Effect.EXTERNAL, Use.ASK)]
)
def test_a_result_does_not_stand_without_the_files_that_it_made(effect: Effect, use: Use) -> None:
    done = entry(effect=effect, tool=IN_FILES)
    assert use_of(done, HERE) is Use.REUSE
    assert use_of(done, GONE) is use
    assert doubt_of(done) == FILES_LOST


@pytest.mark.parametrize("state", [CallState.BEGAN, CallState.UNKNOWN])
@pytest.mark.parametrize(
    ("effect", "use"), [(Effect.PURE, Use.AGAIN), (Effect.IDEMPOTENT, Use.AGAIN), (Effect.EXTERNAL, Use.ASK)]
)
def test_what_began_and_has_no_end_is_in_doubt(state: CallState, effect: Effect, use: Use) -> None:
    assert use_of(entry(state, effect), HERE) is use
    assert doubt_of(entry(state, effect)) == IN_DOUBT


def test_what_failed_or_was_refused_is_tried_again() -> None:
    assert use_of(entry(CallState.FAILED), HERE) is Use.AGAIN
    assert use_of(entry(CallState.REFUSED), HERE) is Use.AGAIN


def test_a_decision_holds_in_one_life_and_a_doubt_outlives_it() -> None:
    for state, use in [(CallState.GRANTED, Use.GRANTED), (CallState.DENIED, Use.DENIED)]:
        assert use_of(entry(state), HERE) is use
        assert use_of(entry(state, holds=False), HERE) is Use.AGAIN
        assert use_of(entry(state, holds=False, why=f"{IN_DOUBT} And a rule asks."), HERE) is Use.ASK


def test_the_fingerprint_of_a_call_is_of_its_tool_and_all_arguments_in_any_order() -> None:
    assert digest_of("echo", {"a": 1, "b": [2]}) == digest_of("echo", {"b": [2], "a": 1})
    different = {digest_of("echo", {"a": 1}), digest_of("echo", {"a": "1"}), digest_of("echo2", {"a": 1})}
    assert len(different) == 3

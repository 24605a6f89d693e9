"""Any exception as a Failure."""

from __future__ import annotations

import errno

import pytest
from pydantic import BaseModel, ValidationError

from agents.errors import InvalidInput, TooMany, Unavailable
from agents.runtimes.classify import classify
from agents.runtimes.failure import Failure, FailureKind, permanent
from agents.runtimes.registry import UnknownRuntime, get, names


class _Model(BaseModel):
    number: int


def _invalid() -> ValidationError:
    try:
        _Model.model_validate({"number": "hunter2"})
    except ValidationError as problem:
        return problem
    raise AssertionError


@pytest.mark.requirement("Q15")
@pytest.mark.parametrize(
    ("problem", "kind", "code"),
    [
        (TimeoutError(), FailureKind.TIMED_OUT, "timed_out"),
        (_invalid(), FailureKind.PERMANENT, "invalid_arguments"),
        (InvalidInput("No."), FailureKind.PERMANENT, "invalid_input"),
        (TooMany("Later."), FailureKind.TRANSIENT, "too_many"),
        (Unavailable("Later."), FailureKind.TRANSIENT, "unavailable"),
        (MemoryError(), FailureKind.TRANSIENT, "worker_out_of_memory"),
        (ConnectionResetError("gone"), FailureKind.TRANSIENT, "connection_failed"),
        (OSError(errno.ENOSPC, "full"), FailureKind.TRANSIENT, "disk_full"),
        (OSError(errno.EMFILE, "many"), FailureKind.TRANSIENT, "system_error"),
        (KeyError("x"), FailureKind.TRANSIENT, "unexpected_error"),
    ],
)
def test_each_exception_has_a_kind_and_a_code(problem: Exception, kind: FailureKind, code: str) -> None:
    failure = classify(problem)

    assert (failure.kind, failure.code) == (kind, code)
    assert failure.message.endswith(".")


def test_a_failure_means_itself() -> None:
    failure = permanent("bad", "It is bad.")

    assert classify(failure) is failure


def test_the_unexpected_names_its_type() -> None:
    assert classify(ZeroDivisionError("division by zero")).message == "Unexpected ZeroDivisionError: division by zero."


@pytest.mark.requirement("T7")
@pytest.mark.parametrize(
    "text",
    [
        "connect to postgres://interlock:hunter2@db:5432/x failed",
        "headers {'Authorization': 'Bearer hunter2hunter2'}",
        "OPENAI_API_KEY=hunter2 was refused",
        "password: hunter2",
        '{"access_token": "hunter2"}',
    ],
)
def test_secrets_do_not_reach_the_sentence(text: str) -> None:
    assert "hunter2" not in classify(RuntimeError(text)).message
    assert "hunter2" not in classify(_invalid()).message


def test_long_texts_are_cut() -> None:
    assert len(classify(RuntimeError("x" * 9999)).message) < 600


def test_the_runtimes_are_known_by_name() -> None:
    assert names() == ["command", "llm", "plan"]
    assert get("plan").name == "plan"
    with pytest.raises(UnknownRuntime, match="command, llm, plan"):
        get("python")


def test_a_failure_shows_what_it_is() -> None:
    assert repr(Failure(FailureKind.CRASHED, "lost", "It is lost.")) == "Failure(crashed, 'lost', 'It is lost.')"

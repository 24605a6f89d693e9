"""`echo`, `sleep`, and what holds for every result."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from agents.runtimes.failure import Failure
from agents.tools.results import MAX_RESULT_BYTES, head, size_of, storable, tail
from tests.agents.tools.conftest import Toolbox

pytestmark = pytest.mark.requirement("W5")


@pytest.mark.parametrize("given", [{"text": "hello"}, {"value": None}, {"text": "a", "value": [1, {"b": 2.5}]}])
def test_echo_gives_back_what_it_got(toolbox: Toolbox, given: dict[str, Any]) -> None:
    assert toolbox.use("echo", **given) == given


def test_echo_holds_no_more_than_a_result_may(toolbox: Toolbox) -> None:
    with pytest.raises(Failure) as failed:
        toolbox.use("echo", text="x" * MAX_RESULT_BYTES)

    assert failed.value.code == "result_too_large"


def test_what_postgres_cannot_hold_is_replaced(toolbox: Toolbox) -> None:
    assert toolbox.use("echo", value={"a\0": ["b\0", "\ud800"]}) == {"value": {"a�": ["b�", "�"]}}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_is_no_json_is_refused(toolbox: Toolbox, value: Any) -> None:
    with pytest.raises(Failure) as failed:
        toolbox.use("echo", value=value)

    assert failed.value.code == "result_not_json"


def test_too_deep_a_value_is_refused(toolbox: Toolbox) -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(Failure) as failed:
        toolbox.use("echo", value=deep)

    assert failed.value.code == "result_not_json"


def test_sleep_takes_its_time(toolbox: Toolbox) -> None:
    start = time.monotonic()

    assert toolbox.use("sleep", seconds=0.05) == {"seconds": 0.05}
    assert time.monotonic() - start >= 0.05


def test_sleep_can_be_cancelled(toolbox: Toolbox) -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await toolbox.call("sleep", seconds=3600)

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["", "abc", "ä" * 500, "\n\t\x01" * 500, '"\\' * 500, "🚂" * 300])
@pytest.mark.parametrize("size", [2, 3, 100, 499, 10_000])
def test_a_text_is_cut_to_its_size_as_json(text: str, size: int) -> None:
    beginning, cut = head(text, size)
    end, cut_too = tail(text, size)

    assert text.startswith(beginning)
    assert text.endswith(end)
    assert size_of(beginning) <= size
    assert size_of(end) <= size
    assert cut == cut_too == (size_of(text) > size)


def test_storable_text_is_the_same_text() -> None:
    text = "größer 🚂 \x7f\t"

    assert storable(text) is text

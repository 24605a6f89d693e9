"""A call runs and is recorded with the arguments that the gate gave back, also where the tool takes them no more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.base import Answer
from agents.runtimes.calls import context_of, perform
from agents.runtimes.failure import Failure
from tests.agents.host import Notebook, work

pytestmark = pytest.mark.requirement("P2")


def performed(host: Notebook, tmp_path: Path, tool: str, **arguments: Any) -> Any:
    context = context_of(work("plan", tmp_path), host, {})
    return asyncio.run(perform(0, tool, arguments, context, host))


def test_it_runs_and_is_recorded_with_them(tmp_path: Path) -> None:
    host = Notebook(tmp_path, lambda call: Answer(proceed=True, arguments={"text": "[redacted]"}))
    assert performed(host, tmp_path, "echo", text="secret") == {"text": "[redacted]"}
    [(call, result, error, _)] = host.recorded
    assert (call.arguments, result, error) == ({"text": "[redacted]"}, {"text": "[redacted]"}, None)


def test_where_the_tool_takes_them_no_more_the_record_says_so_without_the_first_ones(tmp_path: Path) -> None:
    host = Notebook(tmp_path, lambda call: Answer(proceed=True, arguments={"seconds": "[redacted]"}))
    with pytest.raises(Failure) as failure:
        performed(host, tmp_path, "sleep", seconds=0.01)
    assert failure.value.code == "invalid_arguments"
    [(call, _, error, _)] = host.recorded
    assert (call.arguments, error) == ({"seconds": "[redacted]"}, failure.value)

"""A log line is one line and names the job it is about."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable

import pytest

from config.logs import JsonLine, TextLine


@pytest.fixture
def record() -> Callable[..., logging.LogRecord]:
    def make(message: str, exc_info: object = None, **extra: object) -> logging.LogRecord:
        logger = logging.getLogger("tasks.dispatcher")
        return logger.makeRecord(logger.name, logging.INFO, "file", 1, message, (), exc_info, extra=extra)  # type: ignore[arg-type]

    return make


@pytest.mark.requirement("O2")
def test_a_text_line_names_level_logger_and_job(record: Callable[..., logging.LogRecord]) -> None:
    line = TextLine().format(record("handed out\nINFO forged", job="j1", worker="w1", secret="s"))
    assert line.endswith("Z INFO tasks.dispatcher handed out\\nINFO forged job=j1 worker=w1")


@pytest.mark.requirement("O2")
def test_a_json_line_is_one_object_even_with_a_stack_trace(record: Callable[..., logging.LogRecord]) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = JsonLine().format(record("it failed", sys.exc_info(), job="j1", attempt=2))
    assert "\n" not in line
    parsed = json.loads(line)
    assert (parsed["level"], parsed["logger"], parsed["message"]) == ("INFO", "tasks.dispatcher", "it failed")
    assert (parsed["job"], parsed["attempt"]) == ("j1", 2)
    assert "ValueError: broken" in parsed["trace"]

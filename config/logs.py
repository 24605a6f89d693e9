"""How log lines look: one line each, the job and worker it is about named, as text or as JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

CONTEXT = ("workspace", "session", "job", "attempt", "worker", "epoch", "request")
"""What a caller may pass in `extra=` and find in the line again."""


OURS = ("config", "approvals", "tasks", "agents", "celery.worker", "celery.beat", "uvicorn.error")


def context_of(record: logging.LogRecord) -> dict[str, Any]:
    given = {name: getattr(record, name, None) for name in CONTEXT}
    return {name: value for name, value in given.items() if isinstance(value, str | int)}


class TextLine(logging.Formatter):
    """`2026-05-04T10:00:00.000Z INFO tasks.dispatcher handed out 3 jobs job=… worker=…`"""

    def format(self, record: logging.LogRecord) -> str:
        context = "".join(f" {name}={value}" for name, value in context_of(record).items())
        line = f"{_time(record)} {record.levelname} {record.name} {_one_line(record.getMessage())}{context}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLine(logging.Formatter):
    """The same as one JSON object a line, the stack trace inside it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **context_of(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configuration(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr, third parties from WARNING on, ours from `level` on."""
    formatter = JsonLine if form == "json" else TextLine
    ours = {"level": level, "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{formatter.__module__}.{formatter.__qualname__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "django": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
            "celery.worker.strategy": {"level": "WARNING"},  # a line for each message that came
            **dict.fromkeys(OURS, ours),
        },
    }


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")

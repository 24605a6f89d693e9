"""Any exception as a Failure: whose fault it is, whether another attempt may help, and a sentence without secrets."""

from __future__ import annotations

import errno
import os
import re

from pydantic import ValidationError

from agents.errors import InterlockError, TooMany
from agents.runtimes.failure import Failure, permanent, timed_out, transient

LONGEST_TEXT = 500

_SECRETS = (
    (re.compile(r"(?<=://)[^/\s@]+@"), "…@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), r"\1 …"),
    (
        re.compile(r"(?i)((?:password|passwd|secret|token|api[_-]?key|authorization)\w*[\"']?\s*[=:]\s*)\S+"),
        r"\1…",
    ),
)
"""Credentials in URLs and headers, and values under names that say they are secret."""


def classify(problem: BaseException) -> Failure:
    """The Failure that this exception means; a Failure means itself.

    What nobody expected is transient: another attempt may find better luck, and the attempts are counted.
    """
    match problem:
        case Failure():
            return problem
        case ValidationError():
            return permanent("invalid_arguments", f"The data is not valid: {_first_fault(problem)}.")
        case InterlockError():
            return _of_our_own(problem)
        case TimeoutError():
            return timed_out("timed_out", "It took longer than its time limit.")
        case MemoryError():
            return transient("worker_out_of_memory", "The worker had no memory left for it.")
        case ConnectionError():
            return transient("connection_failed", f"A connection failed: {text_of(problem)}.")
        case OSError():
            return _of_the_system(problem)
        case _:
            name = type(problem).__name__
            text = text_of(problem)
            return transient("unexpected_error", f"Unexpected {name}: {text}." if text else f"Unexpected {name}.")


def text_of(problem: BaseException) -> str:
    """What the exception says, in one line, bounded and without what looks like a secret."""
    text = " ".join(str(problem)[: 4 * LONGEST_TEXT].split())  # cut first: who searches for secrets takes time
    return without_secrets(text)[:LONGEST_TEXT].rstrip(".")


def without_secrets(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _first_fault(problem: ValidationError) -> str:
    fault = problem.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, fault["loc"]))
    return f"{place}: {fault['msg']}" if place else fault["msg"]


def _of_our_own(problem: InterlockError) -> Failure:
    may_pass = problem.status >= 500 or isinstance(problem, TooMany)
    return (transient if may_pass else permanent)(problem.code, problem.message)


def _of_the_system(problem: OSError) -> Failure:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return transient("disk_full", "There is no space left on the disk.")
    reason = os.strerror(problem.errno).lower() if problem.errno else text_of(problem)
    where = f" ({problem.filename})" if isinstance(problem.filename, str) else ""
    return transient("system_error", f"The system refused: {reason}{where}.")

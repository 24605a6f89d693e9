"""What looks like a secret in a text, found in time that grows with the text alone: every pattern runs on RE2.

Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

import re2

from agents.errors import Detail, InvalidInput

Span = tuple[int, int]
Find = Callable[[str], Iterator[Span]]
LONGEST_PATTERN = 500

_WORDS = (
    r"(?:pass(?:word|wd|phrase)|secret|token|(?:api|access|private|secret|signing|encryption)[ _-]?key"
    r"|credentials?|authorization|cookie)"
)
_PATTERNS = {
    "keys": (
        r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"
        r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
        r"|\bAIza[0-9A-Za-z_-]{35}"
        r"|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)"
    ),
    "tokens": (
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
        r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeoprs]-[\w-]{10,}"
        r"|(?i:\b(?:bearer|basic)[ \t]+([\w.~+/=-]{6,}))"
    ),
    "passwords": (
        rf"(?i)(?:^|[^A-Za-z]){_WORDS}[\"']?\s*[=:]\s*"
        r"(?:\"([^\"\n]+)\"|'([^'\n]+)'|((?:(?:bearer|basic)[ \t]+)?[^\s,;&\"']+))"
        r"|://([^/\s@]+)@"
    ),
    "emails": r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b",
}
_CARD = r"\b\d(?:[ -]?\d){12,18}\b"
NAMES = (*_PATTERNS, "cards")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ENDS_AS_SECRET = re.compile(rf"(?i)(?:^|[^a-z]){_WORDS}[\W\d_]*$")


def is_secret_name(name: str) -> bool:
    """Whether a field of that name holds a secret: for `passwords`, whatever its value is. `max_tokens` does not."""
    return _ENDS_AS_SECRET.search(_HUMP.sub("_", name[-80:])) is not None


def is_secret_option(word: str) -> bool:
    """The same of an option of a command line, whose value is the next word."""
    return word.startswith("-") and is_secret_name(word)


class InvalidPattern(InvalidInput):
    code, title = "invalid_pattern", "The pattern is not valid"


@cache
def detector(name: str) -> Find:
    """The detector of that name, one of NAMES."""
    return _cards(_compiled(_CARD)) if name == "cards" else _spans(_compiled(_PATTERNS[name]))


@lru_cache(maxsize=1024)
def pattern(text: str) -> Find:
    """A pattern of one's own; what its first group matches is the secret, else all of it. Raises InvalidPattern."""
    if not text or len(text) > LONGEST_PATTERN:
        raise _wrong(f"A pattern has 1 to {LONGEST_PATTERN} characters.")
    try:
        compiled = _compiled(text)
    except re2.error as error:
        said = error.args[0]
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise _wrong(
            f"The pattern {text[:60]!r} is not one of RE2, which knows no look-around and no back-references: {reason}."
        ) from None
    return _spans(compiled)


def _compiled(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options)


def _spans(compiled: Any) -> Find:
    def find(text: str) -> Iterator[Span]:
        for found in compiled.finditer(text):
            start, end = found.span()
            for group in range(1, compiled.groups + 1):
                if found.span(group)[0] >= 0:
                    start, end = found.span(group)
                    break
            if end > start:
                yield start, end

    return find


def _cards(compiled: Any) -> Find:
    def find(text: str) -> Iterator[Span]:
        for found in compiled.finditer(text):
            if _luhn([int(letter) for letter in found[0] if letter.isdigit()]):
                yield found.span()

    return find


def _luhn(digits: list[int]) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _wrong(message: str) -> InvalidPattern:
    return InvalidPattern(message, details=[Detail(message, InvalidPattern.code)])

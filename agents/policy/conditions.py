"""Conditions of rules: CEL over an action, compiled once, and bounded before it is evaluated.

CEL has no loops but its macros, and those can still take hours or gigabytes on large arguments. So `map` and `filter`,
which build values, are not taken, macros nest twice at most, and what an evaluation can cost is known from the
expression and the size of what it reads: beyond a second it is not begun.
Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cel

from agents.errors import Detail, InvalidInput

if TYPE_CHECKING:
    from agents.policy.types import Action

NAMES = ("tool", "args", "agent", "session", "job", "effect")
LONGEST = 2000
MOST_MACROS, DEEPEST, MOST_SUMS, MOST_PATTERNS = 5, 2, 10, 5
MOST_MICROSECONDS = 1_000_000
DEEPEST_VALUE = 100  # the library's own conversion would overflow the stack somewhere beyond

_MACROS = frozenset({"all", "exists", "exists_one"})
_FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "has", "int", "uint", "double", "string", "timestamp"}
    | {"duration", "getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes"}
)
_WORDS = frozenset({"true", "false", "null", "in"})
_TEXT = re.compile(
    r"""//[^\n]*
    | \b(?:[bB]?[rR]|[rR][bB])(?:'{3}[\s\S]*?'{3}|"{3}[\s\S]*?"{3}|'[^'\n]*'|"[^"\n]*")
    | (?:\b[bB])?(?:'{3}(?:\\[\s\S]|[^\\])*?'{3}|"{3}(?:\\[\s\S]|[^\\])*?"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"(?P<dot>\.\s*)?\b(?P<name>[A-Za-z_]\w*)\s*(?P<call>\()?")
_VARIABLE = re.compile(r"\(\s*([A-Za-z_]\w*)\s*,")
_FIELD = re.compile(r"\s*\.\s*([A-Za-z_]\w*)\b(?!\s*\()")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")


class InvalidCondition(InvalidInput):
    """`details` has one entry, whose line is that of the expression."""

    code, title = "invalid_condition", "The condition is not valid"


class NotEvaluated(Exception):
    """A condition gave no answer; the sentence says why without any value of the action."""


@dataclass(frozen=True)
class Condition:
    """A compiled expression, what it reads of an action, and what a pass over the data costs."""

    text: str
    reads: frozenset[tuple[str, str]]
    """Names with a field each: only that field is looked at; with "" the whole."""
    operations: int
    depths: tuple[int, ...]
    """How deep each macro stands in others, from 1."""
    patterns: tuple[tuple[int, int], ...]
    """Each `matches`: in how many macros, and microseconds to compile its pattern."""
    program: Any

    def holds(self, facts: Facts) -> bool:
        """Raises NotEvaluated where it has no answer."""
        if facts.too_deep or (facts.is_large and self._microseconds(facts) > MOST_MICROSECONDS):
            raise NotEvaluated("the arguments are too large for it")
        try:
            answer = self.program.execute(facts.context)
        except Exception as error:
            raise NotEvaluated(_reason(error)) from None
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # how a mistake of the library itself arrives
                raise
            raise NotEvaluated(_reason(error)) from None
        if answer is not True and answer is not False:
            raise NotEvaluated("it is neither true nor false")
        return answer

    def _microseconds(self, facts: Facts) -> float:
        """The most that it can take, from measurements: a scan is 0.6 µs and 0.25 ns a byte."""
        once = self.operations * (0.6 + facts.size / 4000)
        longest = facts.longest + self.operations  # a list may also stand in the expression
        passes = 1 + sum(longest**depth for depth in self.depths)
        return once * passes + sum(cost * longest**depth for depth, cost in self.patterns if depth)


class Facts:
    """What conditions read of one action: no more of it is handed over, since that is most of what they cost."""

    SMALL_BYTES, SMALL_LIST = 2000, 20  # then nothing can take long

    def __init__(self, action: Action, reads: Set[tuple[str, str]]) -> None:
        self.context = cel.Context()
        self.size, self.longest, self.too_deep = 0, 0, False
        for name in {name for name, _ in reads}:
            value = getattr(action, name)
            if isinstance(value, Mapping) and (name, "") not in reads:
                value = {field: value[field] for of, field in reads if of == name and field in value}
            size, longest, depth = _measured(value)
            self.size, self.longest = max(self.size, size), max(self.longest, longest)
            if depth > DEEPEST_VALUE:
                self.too_deep = True
            else:
                self.context.add_variable(name, value)
        self.is_large = self.size > self.SMALL_BYTES or self.longest > self.SMALL_LIST


@lru_cache(maxsize=4096)
def condition_of(text: str) -> Condition:
    """The expression, compiled. Raises InvalidCondition, which names the place."""
    if len(text) > LONGEST:
        raise _wrong(text, 0, f"It has {len(text):,} characters; {LONGEST:,} are the most")
    try:
        program = cel.compile(text)
    except Exception as error:
        raise _not_compiled(text, str(error)) from None
    bare = _TEXT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return _Reading(text, bare).condition(program)


class _Reading:
    """One look at an expression that compiles: names and calls that are known, macros that stay within bounds."""

    def __init__(self, text: str, bare: str) -> None:
        self._text, self._bare = text, bare
        self._depth_at = list(_depths(bare))
        self._bound = {found[1] for found in _VARIABLE.finditer(bare)}

    def condition(self, program: Any) -> Condition:
        reads, depths, patterns = set(), [], []
        for found in _NAME.finditer(self._bare):
            name, at = found["name"], found.start("name")
            if found["call"]:
                self._check_call(name, at, is_method=bool(found["dot"]))
                if name in _MACROS:
                    depths.append(self._depth_at[at] + 1)
                elif name == "matches":
                    patterns.append((self._depth_at[at], self._cost_of_pattern(found.end())))
            elif not found["dot"] and name not in _WORDS:
                reads |= self._read(name, found.end("name"), at)
        self._check_counts(depths, patterns)
        return Condition(
            self._text, frozenset(reads), 1 + len(self._text) // 8, tuple(depths), tuple(patterns), program
        )

    def _check_call(self, name: str, at: int, *, is_method: bool) -> None:
        if name not in _FUNCTIONS and not (is_method and name in _MACROS):
            known = ", ".join(sorted(_FUNCTIONS | _MACROS))
            raise _wrong(self._text, at, f"There is no function {name} here; there are {known}")

    def _read(self, name: str, end: int, at: int) -> set[tuple[str, str]]:
        if name in self._bound and name not in NAMES:
            return set()
        if name not in NAMES:
            raise _wrong(self._text, at, f"There is no {name} here; there are {', '.join(NAMES)}")
        field = _FIELD.match(self._bare, end)
        return {(name, field[1] if field else "")}

    def _check_counts(self, depths: list[int], patterns: list[tuple[int, int]]) -> None:
        sums = self._bare.count("+")
        for count, most, what in (
            (len(depths), MOST_MACROS, "of all, exists and exists_one"),
            (max(depths, default=0), DEEPEST, "levels of them in each other"),
            (len(patterns), MOST_PATTERNS, "calls of matches"),
            (sums, MOST_SUMS, "times +"),
        ):
            if count > most:
                raise _wrong(self._text, 0, f"It has {count} {what}; {most} are the most")

    def _cost_of_pattern(self, after: int) -> int:
        """Microseconds; a class such as \\w is a hundred times a letter. Inside a macro it is compiled in each pass."""
        pattern = _TEXT.match(self._text, after + len(self._text[after:]) - len(self._text[after:].lstrip()))
        if pattern is None:
            raise _wrong(self._text, after, "The pattern of matches must be written out, as a text")
        if self._depth_at[after - 1] and re.search(r"\{\d", pattern[0]):
            raise _wrong(self._text, after, "A pattern with a counted repetition cannot stand inside of a macro")
        return 20 + 2 * len(pattern[0]) + 600 * len(re.findall(r"[\\.\[]", pattern[0]))


def _depths(bare: str) -> Iterator[int]:
    """For each character in how many macros it stands."""
    opened: list[bool] = []
    deep = 0
    for place, letter in enumerate(bare):
        if letter == ")" and opened:
            deep -= opened.pop()
        yield deep
        if letter == "(":
            before = re.search(r"\.\s*(\w+)\s*$", bare[max(0, place - 40) : place])
            opened.append(bool(before and before[1] in _MACROS))
            deep += opened[-1]


def _measured(value: Any, depth: int = 1) -> tuple[int, int, int]:
    """Bytes or so, items of the longest list or mapping, levels; what lies too deep is not looked into."""
    if isinstance(value, str):
        return len(value) + 8, 0, depth
    if depth > DEEPEST_VALUE or not isinstance(value, dict | list):
        return 8, 0, depth
    size, longest, deepest = 8, len(value), depth
    for each in value.values() if isinstance(value, dict) else value:
        inner = (len(each) + 8, 0, depth) if isinstance(each, str) else _measured(each, depth + 1)
        size, longest, deepest = size + inner[0], max(longest, inner[1]), max(deepest, inner[2])
    if isinstance(value, dict):
        size += sum(map(len, value))
    return size, longest, deepest


def _reason(error: BaseException) -> str:
    """Never the library's own words: they hold values of the action."""
    match error:
        case KeyError():
            return "it names a field that is not there; ask with has() first"
        case TypeError():
            return "it compares or calls what is of another type"
        case ArithmeticError():
            return "its numbers are too large, or it divides by zero"
        case _:
            return "it cannot be evaluated on these values"


def _not_compiled(text: str, said: str) -> InvalidCondition:
    found = _PLACE.search(said)
    if found is None:
        return _wrong(text, 0, "It cannot be read as a CEL expression")
    what = found[3].partition(" expecting ")[0].strip()
    lines = text.split("\n")
    line, column = int(found[1]), int(found[2])
    at = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
    if "<EOF>" in what:
        return _wrong(text, at, "It ends where something is missing")
    return _wrong(text, at, f"It cannot be read here: {what}")


def _wrong(text: str, at: int, sentence: str) -> InvalidCondition:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    message = f"{sentence} (line {line}, column {column})."
    return InvalidCondition(f"when: {message}", details=[Detail(message, InvalidCondition.code, "when", line)])

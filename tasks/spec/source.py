"""What a document was written in: its values, and where in the text each of them stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tasks.spec.errors import Code, Problem
from tasks.spec.paths import Path


@dataclass(frozen=True)
class Located:
    """A place in the text: its 1-based line, and what is written there where quotes would change its meaning."""

    line: int
    unquoted: str | None = None


class Source(ABC):
    """One text in one language. Paths here begin with the number of the document in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []

    @abstractmethod
    def load(self) -> list[Any]:
        """The values of the documents; raises InvalidSpec where the text cannot be read.

        What is wrong and yet leaves a value, a field that stands twice, is put into `problems`.
        """

    @abstractmethod
    def locate(self, wanted: Collection[Path]) -> dict[Path, Located]:
        """Where these places stand; what has no place in the text is left out."""


class NoSource(Source):
    """A value that came without a text, such as the parameters of a remote call."""

    def __init__(self, value: Any) -> None:
        super().__init__("")
        self._value = value

    def load(self) -> list[Any]:
        return [self._value]

    def locate(self, wanted: Collection[Path]) -> dict[Path, Located]:
        return {}


def duplicate(path: Path, line: int) -> Problem:
    return Problem(path, Code.DUPLICATE_FIELD, "The field stands here a second time; keep one of them.", line)

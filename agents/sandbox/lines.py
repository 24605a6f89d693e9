"""Cuts a program's output into lines that any log can hold."""

from __future__ import annotations

import codecs

LONGEST = 16 * 1024
"""Characters. What is longer comes in pieces, and a text of exactly this length is continued by the next one."""


class Lines:
    """Takes bytes, gives lines of valid text without their ends and without NUL, which Postgres cannot hold.

    Bytes that are not UTF-8 become U+FFFD. Where `whole`, an unfinished line is held back for as long as it takes.
    """

    def __init__(self, longest: int = LONGEST, *, whole: bool = False) -> None:
        self._longest = longest
        self._whole = whole
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._inside = False  # a part of the present line has been given already

    @property
    def waiting(self) -> bool:
        """Whether a part of a line is held back that shall be shown if nothing follows."""
        return bool(self._rest) and not self._whole

    def feed(self, data: bytes) -> list[str]:
        text = self._rest + self._decoder.decode(data).replace("\0", "")
        *whole, self._rest = text.split("\n")
        lines: list[str] = []
        for line in whole:
            self._end_line(line.removesuffix("\r"), lines)
        if len(self._rest) > self._longest:
            pieces = self._pieces(self._rest)
            self._rest = pieces.pop()
            self._inside = True
            lines += pieces
        return lines

    def flush(self) -> list[str]:
        """What is held back, as a line of its own."""
        if not self._rest:
            return []
        lines = self._with_end(self._rest)
        self._rest, self._inside = "", True
        return lines

    def end(self) -> list[str]:
        """The last line, where the output did not end with a newline."""
        self._rest += self._decoder.decode(b"", final=True).replace("\0", "")
        return self.flush()

    def _end_line(self, line: str, lines: list[str]) -> None:
        if line or not self._inside:
            lines += self._with_end(line)
        self._inside = False

    def _pieces(self, text: str) -> list[str]:
        return [text[start : start + self._longest] for start in range(0, len(text), self._longest)]

    def _with_end(self, line: str) -> list[str]:
        """A line with its end: the last piece is shorter than the longest, so that nothing seems to follow it."""
        if len(line) < self._longest:
            return [line]
        pieces = self._pieces(line)
        return pieces if len(pieces[-1]) < self._longest else [*pieces, ""]

"""Cuts a program's output into lines that any log can hold."""

from __future__ import annotations

import codecs

LONGEST = 16 * 1024
"""Characters; what is longer comes in pieces."""


class Lines:
    """Takes bytes, gives lines of valid text without their ends and without NUL, which Postgres cannot hold.

    Bytes that are not UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._inside = False  # a part of the present line has been given already

    @property
    def waiting(self) -> bool:
        """Whether a part of a line is held back."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        text = self._rest + self._decoder.decode(data).replace("\0", "")
        *whole, self._rest = text.split("\n")
        lines: list[str] = []
        for line in whole:
            self._end_line(line.removesuffix("\r"), lines)
        if len(self._rest) > LONGEST:
            pieces = _pieces(self._rest)
            self._rest = pieces.pop()
            self._inside = True
            lines += pieces
        return lines

    def flush(self) -> list[str]:
        """What is held back, as a line of its own."""
        if not self._rest:
            return []
        lines = _pieces(self._rest)
        self._rest, self._inside = "", True
        return lines

    def end(self) -> list[str]:
        """The last line, where the output did not end with a newline."""
        self._rest += self._decoder.decode(b"", final=True).replace("\0", "")
        return self.flush()

    def _end_line(self, line: str, lines: list[str]) -> None:
        if len(line) > LONGEST:
            lines += _pieces(line)
        elif line or not self._inside:
            lines.append(line)
        self._inside = False


def _pieces(text: str) -> list[str]:
    return [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]

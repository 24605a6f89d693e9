"""What the YAML parser complains of, said so that the writer of the document knows what to change."""

from __future__ import annotations

from typing import Any

from yaml.reader import ReaderError

from tasks.spec.errors import Code, Problem

_SENTENCES = {
    "mapping values are not allowed": "A colon cannot stand here; put text with a colon in quotes, "
    "or correct the indentation",
    "could not find expected ':'": "A colon is missing after a field's name, or a text goes on in the wrong column",
    "did not find expected key": "The indentation does not fit the lines above, or a quoted text is followed by more",
    "did not find expected '-'": "A list goes on in the wrong column, or an item lacks its dash",
    "did not find expected ',' or ']'": "A list is not closed by ], or a comma is missing",
    "did not find expected ',' or '}'": "A mapping is not closed by }, or a comma is missing",
    "did not find expected <document start>": "The document goes on after its end; separate several by a line ---",
    "did not find expected node content": "A value is missing between brackets or after a comma",
    "found unexpected end of stream": "A quote is opened and never closed",
    "found unexpected document indicator": "A quote is opened and never closed before the line ---",
    "found unknown escape": "A backslash is followed by what YAML does not know; use single quotes, or write \\\\",
    "did not find expected hexdecimal number": "\\x, \\u or \\U is not followed by hexadecimal digits",
    "found invalid Unicode character": "An escape names no character (half of a surrogate pair?); write the character",
    "block sequence entries are not allowed": "A dash cannot stand here; begin the list on a line of its own",
    "block mapping": "The indentation does not fit the lines above",
    "found undefined tag handle": "The tag is not known here; remove it",
    "did not find URI": "The tag is not known here; remove it",
    "did not find expected alphabetic": "* and & begin aliases and anchors in YAML; put the text in quotes",
    "did not find expected comment": "A block that begins with | or > has more on its first line; write it below",
    "found duplicate %": "A % line stands twice; remove it",
    "found incompatible YAML": "The document asks for another version of YAML; remove its % line",
    "found a tab": "A tab indents the line; use spaces",
}
_UNKNOWN = "This is not YAML; check the indentation, quotes and brackets around here"
_STARTS = {
    "\t": "A tab indents the line; use spaces",
    "@": "A text cannot begin with @ in YAML; put it in quotes",
    "`": "A text cannot begin with a backquote in YAML; put it in quotes",
    "%": "A text cannot begin with % in YAML; put it in quotes",
}


def explain(error: Any, text: str) -> Problem:
    """The parser's error as one sentence with its line."""
    if isinstance(error, ReaderError):
        offset = error.position if isinstance(error.position, int) else 0
        before = text.encode()[:offset]
        return _problem(f"Byte {offset} is a control character; remove it", before.count(b"\n") + 1)
    said = f"{getattr(error, 'problem', '') or ''} {getattr(error, 'context', '') or ''}"
    sentence = next((ours for theirs, ours in _SENTENCES.items() if theirs in said), _UNKNOWN)
    mark = _mark(error, sentence)
    if mark is None:
        return _problem(sentence, None)
    lines = text.rstrip().splitlines() or [""]
    number = min(mark.line, len(lines) - 1)  # the parser may complain of the end, below the last line
    line = lines[number]
    if "cannot start any token" in said:
        sentence = _STARTS.get(line[mark.column : mark.column + 1], _UNKNOWN)
    elif "\t" in line[: len(line) - len(line.lstrip())]:
        sentence = _STARTS["\t"]
    return _problem(sentence, number + 1)


def _mark(error: Any, sentence: str) -> Any:
    """Where it went wrong; of what is never closed, where it was opened."""
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "closed" in sentence:
        marks.reverse()
    return marks[0] or marks[1]


def _problem(sentence: str, line: int | None) -> Problem:
    return Problem((), Code.INVALID_YAML, f"{sentence}.", line)

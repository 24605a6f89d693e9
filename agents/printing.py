"""How commands print: JSON alone, or lines and columns that suit a terminal and stay whole in a pipe.

In a pipe there are no colours, no cut cells and no padding to a screen's width. Text that comes from jobs cannot steer
the terminal: its control characters are shown, not sent.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = Text | str
GAP, NARROW, LEAST = 2, 24, 12
"""Of columns on a terminal: spaces between, what is never cut, and what stays of what is."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@cache
def screen() -> Console:
    """Standard output as Rich sees it."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def is_terminal() -> bool:
    return sys.stdout.isatty()


def harmless(text: str) -> str:
    """The text with control characters in a form that can be seen, except line ends and tabs."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def say(*parts: Cell) -> None:
    """One line, or several if a part has line ends."""
    line = Text.assemble(*(part if isinstance(part, Text) else harmless(part) for part in parts))
    if is_terminal():
        screen().print(line)
    else:
        sys.stdout.write(f"{line.plain.rstrip()}\n")
        sys.stdout.flush()


def pass_on(text: str) -> None:
    """Text as it is, for another program to read."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{harmless(sentence)}\n")


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def print_columns(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A table with a line of headings; see `table` for how it fits a terminal."""
    lines = [[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    if is_terminal():
        screen().print(table(names, lines), soft_wrap=False)
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _aligned([names, *lines])))


def table(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    """The same for a terminal; where that is too narrow, wide columns are cut and narrow ones stay."""
    lines = list(rows)
    drawn = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
    natural = [max(cell_len(str(cell)) for cell in column) for column in zip(names, *lines, strict=True)]
    for name, width in zip(names, _fitted(natural, screen().width - GAP * len(names)), strict=True):
        drawn.add_column(name.upper(), no_wrap=True, overflow="ellipsis", width=width)
    for line in lines:
        drawn.add_row(*line)
    return drawn


def _fitted(natural: Sequence[int], room: int) -> list[int]:
    """Widths for the columns: the narrow ones as they are, the wide ones with a fair share of what is left."""
    widths = list(natural)
    wide = sorted((place for place, width in enumerate(natural) if width > NARROW), key=lambda place: natural[place])
    left = room - sum(width for width in natural if width <= NARROW)
    for count, place in zip(range(len(wide), 0, -1), wide, strict=True):
        widths[place] = min(natural[place], max(LEAST, left // count))
        left -= widths[place]
    return widths


def _aligned(lines: Sequence[Sequence[Cell]]) -> Iterable[str]:
    texts = [[cell.plain if isinstance(cell, Text) else cell for cell in line] for line in lines]
    texts[0] = [name.upper() for name in texts[0]]
    texts = [[cell.replace("\n", " ") for cell in line] for line in texts]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    for line in texts:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()

"""The repository's pages: their headings, links and blocks of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("", "docs", "examples", "benchmarks")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_IMAGE = re.compile(r'!\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Without blocks of code."""
        return _BLOCK.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        return [body for language, body in _BLOCK.findall(self.text) if language in languages]

    @property
    def links(self) -> list[str]:
        """Where links and images lead, other than to the web."""
        found = [*_LINK.findall(self.prose), *("".join(pair) for pair in _IMAGE.findall(self.prose))]
        return [target for target in found if "://" not in target]

    @property
    def anchors(self) -> set[str]:
        """The headings, as GitHub makes anchors of them."""
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in _HEADING.findall(self.prose)}

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the tables under a heading, without the headings of their columns."""
        section = re.split(r"^#{1,3} ", self.text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
        rows = [[cell.strip() for cell in row.split("|")] for row in _ROW.findall(section)]
        return [row for row in rows[1:] if not set("".join(row)) <= set("-: ")]


def page(name: str) -> Page:
    return Page(ROOT / name)


def all_pages() -> list[Page]:
    return [Page(path) for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))]

"""Globs over paths: `*` and `?` and `[…]` inside one name, `**` for any number of directories."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(parts: list[str], pattern: list[str]) -> bool:
    """Whether the names of a path match the parts of a glob as a whole."""
    return len(pattern) in _reached(parts, pattern)


def may_match_below(parts: list[str], pattern: list[str]) -> bool:
    """Whether something inside this directory could match."""
    return any(position < len(pattern) for position in _reached(parts, pattern))


def _reached(parts: list[str], pattern: list[str]) -> set[int]:
    """How far into the pattern these names can lead: every possible position at once, so the time is bounded."""
    positions = _past_stars({0}, pattern)
    for part in parts:
        after = set()
        for position in positions:
            if position == len(pattern):
                continue
            if pattern[position] == "**":
                after.add(position)
            elif fnmatchcase(part, pattern[position]):
                after.add(position + 1)
        positions = _past_stars(after, pattern)
    return positions


def _past_stars(positions: set[int], pattern: list[str]) -> set[int]:
    """`**` may also stand for no directory at all."""
    for position in sorted(positions):
        while position < len(pattern) and pattern[position] == "**":
            position += 1
            positions.add(position)
    return positions

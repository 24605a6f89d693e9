"""Which groups a person folded or opened: a small cookie that static/js/folds.js writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

COOKIE = "folds"
MOST = 40


@dataclass(frozen=True)
class Folds:
    """What the person decided; the rest is as the page would have it."""

    decided: Mapping[str, bool] = field(default_factory=dict)

    def is_open(self, name: str, otherwise: bool) -> bool:
        return self.decided.get(name, otherwise)


def name_of(id: UUID) -> str:
    """The random end of an id: short enough for a cookie, and far enough apart on one page."""
    return id.hex[-12:]


def read(cookies: Mapping[str, str]) -> Folds:
    entries = cookies.get(COOKIE, "").split(".")[:MOST]
    return Folds({entry[1:]: entry[0] == "o" for entry in reversed(entries) if entry[:1] in ("o", "c")})

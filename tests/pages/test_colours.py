"""Words keep a contrast of 4.5 : 1 on every ground they stand on, in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text()
COLOURS = {
    name: pair for name, *pair in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS)
}
WORDS = ["ink", "muted", "accent", "queued", "running", "approval", "suspended", "completed", "failed", "blocked"]
GROUNDS = ["bg", "surface"]


def luminance(colour: str) -> float:
    """Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.requirement("U8")
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("word", WORDS)
def test_words_can_be_read(word: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[word][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_stands_on_the_accent_or_in_a_well_can_be_read(theme: int) -> None:
    assert contrast(COLOURS["on-accent"][theme], COLOURS["accent"][theme]) >= 4.5
    assert contrast(COLOURS["on-accent"][theme], COLOURS["failed"][theme]) >= 4.5
    for word in ("ink", "muted"):
        assert contrast(COLOURS[word][theme], COLOURS["sunken"][theme]) >= 4.5

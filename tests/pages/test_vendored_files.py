"""What the browser gets that others wrote is what VENDOR.md says it is."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
ROW = re.compile(r"^\| `([^`]+)` \| .* \| \[[^]]+\]\(([^)]+)\) \| `([0-9a-f]{64})` \|$", re.MULTILINE)
LISTED = {name: (licence, digest) for name, licence, digest in ROW.findall((VENDOR / "VENDOR.md").read_text())}


def test_every_file_is_listed() -> None:
    assert set(LISTED) == {path.name for path in VENDOR.iterdir() if path.is_file()} - {"VENDOR.md"}


@pytest.mark.parametrize("name", LISTED)
def test_it_is_the_file_that_is_listed_and_has_its_licence(name: str) -> None:
    licence, digest = LISTED[name]
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
    assert (VENDOR / licence).read_text().strip()


def test_our_own_modules_are_small() -> None:
    long = {
        path.name: lines
        for path in (VENDOR.parent / "js").glob("*.js")
        if (lines := len(path.read_text().splitlines())) > 100
    }
    assert not long


def test_no_template_has_scripts_or_styles_in_it() -> None:
    for template in (VENDOR.parent.parent / "templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", text), template.name

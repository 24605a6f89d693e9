"""Every command on the pages exists: targets of make, and `interlock` with its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from config.cli import app
from tests.docs.pages import ROOT, Page, all_pages

pytestmark = pytest.mark.requirement("O6")
PAGES = all_pages()
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
COMMENT = re.compile(r"\s+#.*$")


def said(this: Page, program: str) -> list[str]:
    """The lines with a program, in blocks of shell and in backticks."""
    lines = [COMMENT.sub("", line) for block in this.blocks("sh", "console") for line in block.splitlines()]
    lines = [line.removeprefix("$ ").strip() for line in lines]
    spans = re.findall(r"`([^`\n]+)`", this.prose)
    return [line for line in [*lines, *spans] if line.startswith(f"{program} ")]


@pytest.mark.parametrize("this", PAGES, ids=lambda each: each.name)
def test_every_target_of_make_is_in_the_makefile(this: Page) -> None:
    for line in said(this, "make"):
        targets = [word for word in shlex.split(line)[1:] if "=" not in word]
        assert set(targets) <= TARGETS, f"{this.name}: {line}"


@pytest.mark.parametrize("this", PAGES, ids=lambda each: each.name)
def test_every_command_and_option_of_interlock_exists(this: Page) -> None:
    for line in said(this, "interlock"):
        problem = next(problems(line), "")
        assert not problem, f"{this.name}: {line}: {problem}"


def problems(line: str) -> Iterator[str]:
    words = shlex.split(line.partition(" | ")[0].rstrip("\\"))[1:]
    command: Any = typer.main.get_command(app)
    context = command.make_context("interlock", [], resilient_parsing=True)
    while words and isinstance(command, TyperGroup) and not words[0].startswith("-"):
        if words[0] == "COMMAND":
            return
        name, command, words = command.resolve_command(context, words)
        if command is None:
            yield "there is no such command"
            return
        context = command.make_context(name, [], parent=context, resilient_parsing=True)
    known = {name for each in command.params for name in [*each.opts, *each.secondary_opts]} | {"--help"}
    options = words[: words.index("--")] if "--" in words else words
    for word in options:
        if word.startswith("-") and word != "-" and word.partition("=")[0] not in known:
            yield f"there is no option {word}"

"""Every task on the pages is a spec that would be accepted."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from agents.runtimes import registry
from tasks.spec import parse
from tasks.spec.choices import RuntimeName
from tests.docs.pages import Page, all_pages

pytestmark = pytest.mark.requirement("J6", "O6")
PAGES = [each for each in all_pages() if each.name != "docs/spec.md"]  # that page has tests of its own
RUNTIMES = frozenset(RuntimeName(name) for name in registry.names())
WORK = {"command", "steps", "tool", "prompt", "tasks"}


def documents(this: Page) -> list[tuple[str, str]]:
    """Specs in blocks of YAML and JSON, and those that a command sends, each with its content type."""
    found = [(body, "application/yaml") for body in this.blocks("yaml")]
    found += [(body, "application/json") for body in this.blocks("json") if WORK & json.loads(body).keys()]
    for block in this.blocks("sh"):
        for name, body in re.findall(r"(-d|--data-binary) ('[^']+')", block):
            text = shlex.split(body)[0]
            kind = "application/json" if name == "-d" else "application/yaml"
            if kind.endswith("yaml") or WORK & json.loads(text).keys():
                found.append((text, kind))
        found += [(text, "application/yaml") for text in re.findall(r"<<'EOF'\n(.*?)^EOF", block, re.M | re.S)]
    return found


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(*document, id=f"{this.name}-{place}")
        for this in PAGES
        for place, document in enumerate(documents(this))
    ],
)
def test_every_task_on_the_pages_is_a_spec(body: str, kind: str) -> None:
    assert parse(body.encode(), kind, runtimes=RUNTIMES)

"""axe-core finds nothing wrong with any page, in the light and in the dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.requirement("U8")]
Person = Callable[..., Page]
Submit = Callable[..., dict[str, Any]]


def check(page: Page) -> None:
    # Colours are judged when nothing fades in any more.
    page.evaluate(
        "Promise.allSettled(document.getAnimations()"
        ".filter(a => a.effect.getTiming().iterations < 9).map(a => a.finished))"
    )
    found = Axe().run(page).response["violations"]
    said = [f"{one['id']}: {node['target']} {node.get('failureSummary', '')}" for one in found for node in one["nodes"]]
    assert not said, "\n".join(said)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_monitor(person: Person, submit: Submit, theme: str) -> None:
    submit(title="Fails", session="mixed", command=["false"], limits={"attempts": 1})
    submit(title="Works", session="mixed", priority="P0", command=["echo", "hello"])
    submit(title="Runs", session="mixed", priority="P3", command=["sh", "-c", "echo '::progress 40 half'; sleep 60"])
    submit(title="Waits", session="mixed", priority="P4", command=["true"], not_before="2099-01-01T00:00:00Z")
    page = person(color_scheme=theme)
    page.goto("/tasks/")
    expect(page.locator("tr", has_text="Runs")).to_contain_text("half")
    expect(page.locator("tr", has_text="Fails")).to_contain_text("Failed")
    check(page)
    page.keyboard.press("?")
    check(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close…").click()
    expect(page.get_by_role("dialog", name="Close mixed?")).to_be_visible()
    check(page)


def test_empty_pages(person: Person, submit: Submit, theme: str) -> None:
    page = person(color_scheme=theme)
    page.goto("/tasks/")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    check(page)
    submit(title="One", command=["true"])
    page.goto("/tasks/?q=zebra+colour:red")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    check(page)


@pytest.mark.parametrize("tab", ["log", "calls", "input", "result", "raw"])
def test_a_task(person: Person, submit: Submit, finished: Any, theme: str, tab: str) -> None:
    steps = [{"tool": "echo", "args": {"value": 1}}, {"tool": "files.read", "args": {"path": "missing.txt"}}]
    job = finished(submit(title="A plan that fails", steps=steps, limits={"attempts": 1}))
    page = person(color_scheme=theme)
    page.goto(f"/tasks/{job['id']}/?tab={tab}")
    page.locator("#events > summary").click()
    check(page)


def test_the_editor(person: Person, theme: str) -> None:
    page = person(color_scheme=theme)
    page.goto("/tasks/new/?example=plan")
    check(page)
    page.get_by_label("Spec, in YAML or JSON").fill("title: x\nprioritty: 9\n")
    expect(page.locator("#verdict")).to_contain_text("line 2")
    check(page)


def test_the_gate(person: Person, theme: str) -> None:
    page = person(color_scheme=theme, signed_in=False)
    page.goto("/login/")
    check(page)
    page.goto("/nothing/here/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    check(page)


def test_the_page_of_errors(person: Person, theme: str) -> None:
    page = person(color_scheme=theme, signed_in=False)
    page.goto("/docs/errors/#not_found")
    expect(page.get_by_role("row", name="not_found")).to_be_in_viewport()
    check(page)

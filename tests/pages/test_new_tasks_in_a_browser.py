"""/tasks/new/: a spec, checked while it is written, submitted through the one door."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.requirement("J6")]
Person = Callable[..., Page]


def test_an_example_runs_as_it_is(person: Person) -> None:
    page = person()
    page.goto("/tasks/")
    page.get_by_role("link", name="New task").click()
    expect(page.locator("#verdict")).to_contain_text("Ready: 1 task")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Say hello")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("1 task submitted")
    expect(page.locator("#log")).to_contain_text("hello")


@pytest.mark.parametrize("example", ["command", "plan", "batch"])
def test_every_example_is_right(person: Person, example: str) -> None:
    page = person()
    page.goto(f"/tasks/new/?example={example}")
    expect(page.locator("#verdict")).to_contain_text("Ready")


def test_mistakes_are_shown_with_their_lines_while_one_writes(person: Person) -> None:
    page = person()
    page.goto("/tasks/new/")
    field = page.get_by_label("Spec, in YAML or JSON")
    field.fill("title: Count\nprioritty: high\ncommand: [wc, -l]\n")
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("prioritty")
    expect(page.locator("[data-numbers] .bad")).to_have_text("2")
    verdict.get_by_role("button", name="line 2").click()
    assert page.evaluate("document.getSelection().toString()") == "prioritty: high"
    page.get_by_role("button", name="Submit").click()
    expect(verdict).to_contain_text("1 mistake")
    assert page.url.endswith("/tasks/new/")
    field.fill("title: Count\npriority: high\ncommand: [wc, -l]\n")
    expect(verdict).to_contain_text("Ready: 1 task")


def test_a_batch_leads_to_its_session(person: Person) -> None:
    page = person()
    page.goto("/tasks/new/?example=batch")
    page.get_by_role("button", name="Submit").click()
    expect(page).to_have_url(re.compile(r"/tasks/\?.*q=session%3Arelease"))
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tr", has_text="Announce")).to_contain_text("Completed")


def test_what_the_checker_cannot_know_is_said_at_the_door(person: Person, submit: Callable[..., Any]) -> None:
    page = person()
    page.goto("/tasks/new/")
    page.get_by_label("Spec, in YAML or JSON").fill("title: x\nproject: nowhere\ncommand: ['true']\n")
    expect(page.locator("#verdict")).to_contain_text("Ready")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#verdict")).to_contain_text("There is no project 'nowhere'")


def test_a_viewer_may_write_and_not_submit(person: Person) -> None:
    page = person("viewer")
    page.goto("/tasks/new/")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#verdict")).to_contain_text("takes the role operator")

"""/tasks/ as a person meets it: alive, filtered, folded, with nothing in it and with nothing that matches."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Error, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.requirement("U1")]
Person = Callable[..., Page]
Submit = Callable[..., dict[str, Any]]

QUICK = ["echo", "hello"]
SLOW = ["sleep", "120"]


def open_monitor(page: Page, query: str = "") -> None:
    page.goto(f"/tasks/{query}")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate("window.neverReloaded = true")


def test_an_empty_workspace_says_what_to_type(person: Person) -> None:
    page = person()
    page.goto("/tasks/")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    expect(page.locator("#first-command")).to_contain_text("interlock task add")
    expect(page.get_by_role("button", name="Copy the command")).to_be_visible()


@pytest.mark.requirement("U8")
def test_what_is_submitted_appears_and_finishes_without_a_reload(person: Person, submit: Submit) -> None:
    page = person()
    open_monitor(page)
    submit(title="Say hello", session="greetings", command=["sh", "-c", "sleep 1; echo hello"])
    expect(page.locator("tr", has_text="Say hello")).to_contain_text("Completed")
    expect(page.locator(".group-head", has_text="greetings")).to_contain_text("1 of 1")
    assert page.evaluate("window.neverReloaded")


def test_what_is_new_waits_until_it_is_asked_for(person: Person, submit: Submit) -> None:
    submit(title="The first", session="one", command=SLOW)
    page = person()
    open_monitor(page)
    expect(page.locator("tr", has_text="The first")).to_contain_text("Running")
    submit(title="The second", session="one", command=QUICK)
    submit(title="The third", session="two", command=QUICK)
    expect(page.get_by_role("link", name="2 new — show")).to_be_visible()
    expect(page.locator("tr", has_text="The second")).to_have_count(0)
    expect(page.locator("#tab-all")).to_contain_text("3")
    page.keyboard.press(".")
    expect(page.locator("tr", has_text="The second")).to_be_visible()
    expect(page.locator("tr", has_text="The third")).to_be_visible()
    expect(page.locator("[data-new]")).to_have_count(0)


def test_filters_stand_in_the_address(person: Person, submit: Submit) -> None:
    submit(title="It works", session="mixed", agent_type="qa", command=QUICK)
    submit(title="It does not", session="mixed", command=["false"], limits={"attempts": 1})
    page = person()
    open_monitor(page)
    expect(page.locator("tr", has_text="It does not")).to_contain_text("Failed")
    page.get_by_role("link", name=re.compile("^Failed")).click()
    expect(page).to_have_url(re.compile(r"state=failed"))
    expect(page.locator("tr", has_text="It works")).to_have_count(0)
    page.reload()
    expect(page.locator("tr", has_text="It does not")).to_be_visible()
    page.get_by_role("link", name=re.compile("^All")).click()
    page.get_by_role("searchbox").fill("agent:qa works")
    expect(page).to_have_url(re.compile(r"q=agent%3Aqa"))
    expect(page.locator("tr", has_text="It does not")).to_have_count(0)
    expect(page.locator("tr", has_text="It works")).to_be_visible()
    page.go_back()
    expect(page.locator("tr", has_text="It does not")).to_be_visible()


def test_where_nothing_matches_the_filter_can_be_cleared(person: Person, submit: Submit) -> None:
    submit(title="Only this", command=QUICK)
    page = person()
    page.goto("/tasks/?q=zebra+colour:red&state=failed")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    expect(page.locator(".band")).to_contain_text("There is no filter “colour:”")
    page.get_by_role("link", name="Clear the filter").click()
    expect(page.locator("tr", has_text="Only this")).to_be_visible()


def test_a_session_stays_folded_or_open_as_it_was_left(person: Person, submit: Submit) -> None:
    for number in range(5):
        submit(title=f"Task {number}", session=f"session-{number}", command=QUICK)
    page = person()
    open_monitor(page)
    expect(page.locator("tbody tr")).to_have_count(3)  # the first three sessions are open
    newest, oldest = page.locator("#tasks summary").first, page.locator("#tasks summary").last
    newest.click()
    expect(page.locator("tr", has_text="Task 4")).to_be_hidden()
    oldest.click()
    expect(page.locator("tr", has_text="Task 0")).to_be_visible()
    page.reload()
    expect(page.locator("tr", has_text="Task 0")).to_be_visible()
    expect(page.locator("tr", has_text="Task 4")).to_have_count(0)


def test_a_session_is_opened_though_an_update_is_on_its_way(person: Person, submit: Submit) -> None:
    for number in range(4):
        submit(title=f"Task {number}", session=f"session-{number}", command=QUICK)
    before = person()
    open_monitor(before)
    expect(before.locator("#tab-completed")).to_contain_text("4")  # so that nothing else asks for an update
    page = person()
    held: list[tuple[Route, APIResponse]] = []
    page.route(
        re.compile("[?&]seen="), lambda route: route.continue_() if held else held.append((route, route.fetch()))
    )
    open_monitor(page)
    while not held:
        page.wait_for_timeout(10)
    page.locator("#tasks summary").last.click()
    [(route, answer)] = held
    with contextlib.suppress(Error):  # the page may have given it up
        route.fulfill(response=answer)
    expect(page.locator("tr", has_text="Task 0")).to_be_visible()


def test_a_task_is_cancelled_after_one_question(person: Person, submit: Submit) -> None:
    submit(title="Runs for long", command=SLOW)
    page = person()
    open_monitor(page)
    row = page.locator("tr", has_text="Runs for long")
    expect(row).to_contain_text("Running")
    page.get_by_role("button", name="Cancel Runs for long").click()
    dialog = page.get_by_role("dialog", name="Cancel “Runs for long”?")
    expect(dialog).to_contain_text("told to stop at once, and killed after")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    dialog.get_by_label("Reason").fill("wrong branch")
    dialog.get_by_role("button", name="Stop it").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("“Runs for long” is being stopped.")
    expect(page.locator("#announcer")).to_contain_text("is being stopped")
    expect(row).to_contain_text("Cancelled")
    expect(row).to_contain_text("wrong branch")
    page.get_by_role("button", name="Retry Runs for long").click()
    expect(row).to_contain_text("Running")


@pytest.mark.requirement("Q9", "J10")
def test_a_session_is_paused_goes_on_and_is_closed(person: Person, submit: Submit) -> None:
    submit(title="Holds the session", session="nightly", command=SLOW)
    page = person()
    open_monitor(page)
    head = page.locator(".group", has_text="nightly")
    expect(head).to_contain_text("1 running")
    head.get_by_role("button", name="Pause").click()
    expect(head).to_contain_text("paused")
    submit(title="Waits", session="nightly", command=QUICK)
    page.get_by_role("link", name="1 new — show").click()
    expect(page.locator("tr", has_text="Waits")).to_contain_text("session nightly is paused")
    head.get_by_role("button", name="Close…").click()
    dialog = page.get_by_role("dialog", name="Close nightly?")
    expect(dialog).to_contain_text("1 task waits and 1 task runs")
    dialog.get_by_role("button", name="Cancel 2 tasks").click()
    expect(page.locator(".toast").last).to_contain_text("1 task cancelled, 1 running one being stopped")
    expect(head).to_contain_text("2 cancelled")
    expect(head).to_contain_text("closed")


def test_a_viewer_is_offered_nothing_that_changes(person: Person, submit: Submit) -> None:
    submit(title="Not yours to stop", command=SLOW)
    page = person("viewer")
    open_monitor(page)
    expect(page.locator("tr", has_text="Not yours to stop")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel Not yours to stop")).to_have_count(0)
    expect(page.get_by_role("button", name="Close…")).to_have_count(0)


@pytest.mark.requirement("T2")
def test_another_workspace_shows_nothing_of_it(person: Person, submit: Submit, workspace: str) -> None:
    job = submit(title="A secret", command=QUICK)
    page = person(on=f"{workspace}-other")
    page.goto("/tasks/")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()
    answer = page.goto(f"/tasks/{job['id']}/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()

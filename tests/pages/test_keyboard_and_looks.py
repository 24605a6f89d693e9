"""By keyboard alone, in the dark, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import led_to

pytestmark = [pytest.mark.browser, pytest.mark.requirement("U8")]
Person = Callable[..., Page]
Submit = Callable[..., dict[str, Any]]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def test_rows_are_walked_and_opened_by_keys(person: Person, submit: Submit) -> None:
    for number in range(3):
        submit(title=f"Row {number}", session="rows", command=["sleep", "60"])
    page = person()
    page.goto("/tasks/?q=session:rows")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Row 2", exact=True)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Row 1", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    led_to(page, "Row 1")
    page.keyboard.press("g")
    page.keyboard.press("t")
    led_to(page, "Tasks")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("j?")
    expect(page.get_by_role("searchbox")).to_have_value("j?")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    led_to(page, "New task")


def test_the_help_lists_what_is_there_and_turns_keys_off(person: Person, submit: Submit) -> None:
    submit(title="A row", command=["echo"])
    page = person()
    page.goto("/tasks/")
    expect(page.locator("[data-row]")).to_be_visible()
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    for label in ("Search", "New task", "Next row", "Tasks", "This help"):
        expect(help_.get_by_text(label, exact=True)).to_be_visible()
    expect(help_).not_to_contain_text("Board")
    help_.get_by_label("Single keys are on").uncheck()
    help_.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("?")
    expect(help_).to_be_hidden()
    page.locator(".user summary").click()
    page.get_by_role("button", name="Keyboard").click()
    help_.get_by_label("Single keys are on").check()
    help_.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(help_).to_be_visible()


def test_the_skip_link_comes_first_and_leads_to_the_page(person: Person) -> None:
    page = person()
    page.goto("/tasks/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()


def test_the_theme_is_kept_and_sent_with_the_page(person: Person) -> None:
    page = person(color_scheme="light")
    page.goto("/tasks/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    assert 'data-theme="dark"' in page.request.get("/tasks/").text()
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="As the system").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("path", ["/tasks/", "task", "/tasks/new/?example=batch", "/login/"])
def test_nothing_is_wider_than_a_phone(person: Person, submit: Submit, path: str) -> None:
    job = submit(title="A title that is rather long for a phone " * 3, session="s" * 90, command=["echo", "x" * 300])
    page = person(signed_in=path != "/login/", **PHONE)
    page.goto(f"/tasks/{job['id']}/?tab=input" if path == "task" else path)
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("Math.round(visualViewport.width)") == 390


def test_the_menu_of_a_phone_opens(person: Person) -> None:
    page = person(**PHONE)
    page.goto("/tasks/")
    expect(page.get_by_role("link", name="Tasks", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    expect(page.get_by_role("link", name="Tasks", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Dark")).to_be_visible()


def test_motion_is_reduced_where_that_is_wished(person: Person) -> None:
    page = person(reduced_motion="reduce", signed_in=False)
    page.goto("/login/")
    duration = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.train')).animationDuration)")
    assert duration <= 0.001


@pytest.mark.requirement("T4")
def test_signing_in_and_out(person: Person) -> None:
    page = person(signed_in=False)
    page.goto("/tasks/?state=failed")
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    signed_in = person("approver")  # nobody else's session, since it ends here
    signed_in.goto("/tasks/")
    signed_in.locator(".user summary").click()
    signed_in.get_by_role("button", name="Sign out").click()
    expect(signed_in.get_by_role("heading", name="Sign in")).to_be_visible()

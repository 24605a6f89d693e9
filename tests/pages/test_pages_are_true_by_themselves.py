"""The live rule: hints when they come, polling when they do not, and nothing while it would disturb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.requirement("U8")]
Person = Callable[..., Page]
Submit = Callable[..., dict[str, Any]]
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def shown(page: Page) -> Any:
    return page.locator("#tasks tbody tr")


def test_without_a_socket_the_page_polls_and_says_so(person: Person, submit: Submit) -> None:
    page = person()
    page.route_web_socket("**/ws/live/", lambda socket: socket.close())
    page.goto("/tasks/")
    expect(page.locator("#connection")).to_contain_text("Reconnecting, polling every 10 s")
    submit(title="Seen by polling", command=["echo", "hello"])
    expect(page.locator("tr", has_text="Seen by polling")).to_contain_text("Completed", timeout=25_000)


def test_when_the_socket_is_back_what_was_missed_is_fetched(person: Person, submit: Submit) -> None:
    page = person()
    sockets: list[WebSocketRoute] = []

    def route(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/ws/live/", route)
    page.goto("/tasks/")
    connection = page.locator("#connection")
    expect(connection).to_have_attribute("data-state", "live")
    submit(title="Before", command=["echo", "hello"])
    expect(page.locator("tr", has_text="Before")).to_contain_text("Completed")
    sockets[-1].close()
    expect(connection).to_have_attribute("data-state", "polling")
    expect(connection).to_have_attribute("data-state", "live")
    assert len(sockets) >= 2


def test_nothing_moves_while_a_person_selects_text(person: Person, submit: Submit, finished: Any) -> None:
    job = submit(title="Select me", command=["sleep", "2"])
    page = person()
    page.goto("/tasks/")
    row = page.locator("tr", has_text="Select me")
    expect(row).to_contain_text("Running")
    page.evaluate("document.getSelection().selectAllChildren(document.querySelector('.row-link'))")
    finished(job)
    expect(row).to_contain_text("Running")
    page.evaluate("document.getSelection().removeAllRanges()")
    expect(row).to_contain_text("Completed")


def test_a_hidden_tab_rests_and_is_true_when_it_is_seen_again(person: Person, submit: Submit, finished: Any) -> None:
    page = person()
    page.goto("/tasks/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.evaluate(HIDE, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    finished(submit(title="While away", command=["echo", "hello"]))
    page.wait_for_timeout(600)  # longer than hints are gathered and debounced: what was to be asked is asked
    assert asked == []
    page.evaluate(HIDE, False)
    expect(page.locator("tr", has_text="While away")).to_contain_text("Completed")


def test_the_focus_stays_where_it_was_over_an_update(person: Person, submit: Submit, finished: Any) -> None:
    job = submit(title="Focused", command=["sleep", "2"])
    page = person()
    page.goto("/tasks/")
    row = page.locator("tr", has_text="Focused")
    expect(row).to_contain_text("Running")
    page.keyboard.press("j")
    finished(job)
    expect(row).to_contain_text("Completed")
    expect(page.get_by_role("link", name="Focused")).to_be_focused()


def test_who_is_signed_out_is_told_and_led_to_sign_in(person: Person, submit: Submit) -> None:
    page = person()
    page.goto("/tasks/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    page.context.clear_cookies()
    submit(title="After signing out", command=["echo", "hello"])
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url.endswith("/login/?next=/tasks/")

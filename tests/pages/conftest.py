"""A real browser in front of the shared platform. What a page complains about on its console fails the test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.platform import Platform

CHROMIUM = "/usr/bin/chromium"
SWITCHES = ["--no-sandbox", "--disable-background-networking"]
SECONDS = 15_000  # ms that a page may take to become what a test waits for
HARMLESS = (
    "htmx:sendAbort",
    "htmx:afterRequest",
    "htmx:sendError",
    "WebSocket connection",
    "Failed to load resource",
    "Response Status Error Code",
)
"""What a browser says of requests that were given up or refused; tests look at those themselves."""

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: the driver's event loop would keep Django from the database in this thread."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def workspace(platform: Platform) -> str:
    """A workspace of this test alone."""
    return f"pages-{next(_numbers)}"


@pytest.fixture
def person(browser: Browser, platform: Platform, workspace: str) -> Iterator[Callable[..., Page]]:
    """Opens a page as a signed-in person of a role; further arguments are those of a browser context."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            complaints.append(message.text)

    def open_page(role: str = "admin", *, on: str = "", signed_in: bool = True, **settings: Any) -> Page:
        context = browser.new_context(base_url=platform.url, **{"viewport": {"width": 1280, "height": 900}} | settings)
        contexts.append(context)
        context.set_default_timeout(SECONDS)
        if signed_in:
            value = platform.browser_session(role, on or workspace)
            context.add_cookies([{"name": "sessionid", "value": value, "url": platform.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def submit(platform: Platform, workspace: str) -> Callable[..., dict[str, Any]]:
    """Submits a spec into this test's workspace; the job as the API shows it."""

    def submitted(**spec: Any) -> dict[str, Any]:
        answer = platform.client("admin", workspace).post("/api/tasks/", json=spec)
        assert answer.status_code == 201, answer.text
        job: dict[str, Any] = answer.json()
        return job

    return submitted


@pytest.fixture
def finished(platform: Platform, workspace: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Waits until a job is over; the job as it is then."""
    client = platform.client("admin", workspace)

    def over(job: dict[str, Any]) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = client.get(f"/api/tasks/{job['id']}/").json()
            assert "state" in found, found
            return found if found["state"] in ("completed", "failed", "cancelled") else None

        return platform.wait_for(ended, what=f"{job['title']} to end") or {}

    return over

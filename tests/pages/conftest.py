"""A real browser in front of the shared platform. What a page complains about on its console fails the test.

The same few people go from test to test, each test with a workspace of its own: a person is dear to make, and a row is
not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from agents.ids import new_id
from tests.platform import Platform

CHROMIUM = "/usr/bin/chromium"
SWITCHES = ["--no-sandbox", "--disable-background-networking"]
SECONDS = 15_000  # ms that a page may take to become what a test waits for
HARMLESS = (
    *("htmx:sendAbort", "htmx:afterRequest", "htmx:sendError", "WebSocket connection", "Failed to load resource"),
    "Response Status Error Code",
)
"""What a browser says of requests that were given up or refused; tests look at those themselves."""
CSRF = "pagespagespagespagespagespagespa"
HOME = "pages"

_numbers = itertools.count(1)


def led_to(page: Page, heading: str) -> None:
    """A key or a click led to this page, whose own keys act from now on: its heading is seen before its scripts run."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.wait_for_load_state()


class People:
    """Signs people in, each into one workspace at a time."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._sessions: dict[tuple[str, str], str] = {}

    def session(self, role: str, workspace: str) -> str:
        """The session cookie of somebody with that role in that workspace, and in no other."""
        home = f"{HOME}-other" if workspace.endswith("-other") else HOME
        if (role, home) not in self._sessions:
            self._sessions[role, home] = self.platform.browser_session(role, home)
        name = f"{role}-of-{home}"
        self.make(workspace)
        self.platform.sql(
            "UPDATE agents_membership SET workspace_id = (SELECT id FROM agents_workspace WHERE slug = %s) "
            "WHERE user_id = (SELECT id FROM auth_user WHERE username = %s)",
            [workspace, name],
        )
        return self._sessions[role, home]

    def make(self, workspace: str) -> None:
        self.platform.sql(
            "INSERT INTO agents_workspace (id, slug, name, weight, default_limits) VALUES (%s, %s, %s, 1, '{}') "
            "ON CONFLICT (slug) DO NOTHING",
            [new_id(), workspace, workspace.title()],
        )

    def api(self, role: str, workspace: str) -> httpx.Client:
        """The API as the pages of that person would use it."""
        cookies = {"sessionid": self.session(role, workspace), "csrftoken": CSRF}
        return httpx.Client(base_url=self.platform.url, cookies=cookies, headers={"X-CSRFToken": CSRF}, timeout=30)


@pytest.fixture(scope="session")
def people(platform: Platform) -> People:
    return People(platform)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: the driver's event loop would keep Django from the database in this thread."""
    expect.set_options(timeout=SECONDS)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def workspace(people: People) -> str:
    """A workspace of this test alone."""
    slug = f"pages-{next(_numbers)}"
    people.make(slug)
    return slug


@pytest.fixture
def person(browser: Browser, people: People, workspace: str) -> Iterator[Callable[..., Page]]:
    """Opens a page as a signed-in person of a role; further arguments are those of a browser context."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    url = people.platform.url

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            complaints.append(message.text)

    def open_page(role: str = "admin", *, on: str = "", signed_in: bool = True, **settings: Any) -> Page:
        context = browser.new_context(base_url=url, **{"viewport": {"width": 1280, "height": 900}} | settings)
        contexts.append(context)
        context.set_default_timeout(SECONDS)
        if signed_in:
            value = people.session(role, on or workspace)
            context.add_cookies([{"name": "sessionid", "value": value, "url": url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def api(people: People, workspace: str) -> Iterator[httpx.Client]:
    with people.api("admin", workspace) as client:
        yield client


@pytest.fixture
def submit(api: httpx.Client) -> Iterator[Callable[..., dict[str, Any]]]:
    """Submits a spec into this test's workspace; the job as the API shows it. What still runs is stopped afterwards."""
    jobs: list[dict[str, Any]] = []

    def submitted(**spec: Any) -> dict[str, Any]:
        answer = api.post("/api/tasks/", json=spec)
        assert answer.status_code == 201, answer.text
        jobs.append(answer.json())
        return jobs[-1]

    yield submitted
    for job in jobs:
        api.post(f"/api/tasks/{job['id']}/cancel/", json={})


@pytest.fixture
def finished(platform: Platform, api: httpx.Client) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Waits until a job is over; the job as it is then."""

    def over(job: dict[str, Any]) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = api.get(f"/api/tasks/{job['id']}/").json()
            assert "state" in found, found
            return found if found["state"] in ("completed", "failed", "cancelled") else None

        return platform.wait_for(ended, what=f"{job['title']} to end") or {}

    return over

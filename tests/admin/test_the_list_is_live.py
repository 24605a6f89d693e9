"""The admin's list of jobs stays true while somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.api.work import parked, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

CHROMIUM = "/usr/bin/chromium"

pytestmark = [pytest.mark.requirement("U7"), pytest.mark.browser]


@pytest.fixture(scope="module")
def page(platform: Platform) -> Iterator[Page]:
    make_user(platform, "boss", superuser=True)
    with signed_in(platform, "boss") as client, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=platform.url)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"], "url": platform.url}])
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert not complaints, complaints


def test_a_row_changes_and_comes_without_a_reload(platform: Platform, page: Page) -> None:
    api: httpx.Client = platform.client("admin", "live")
    job = submitted(api, parked(title="The one that is watched"))
    page.goto("/admin/tasks/agentjob/")
    row = page.locator("#result_list tbody tr", has_text="The one that is watched")
    expect(row.locator(".field-state")).to_have_text("queued")
    page.evaluate("window.stayed = true")
    api.post(f"/api/tasks/{job['id']}/cancel/")
    submitted(api, parked(title="The one that came"))
    expect(row.locator(".field-state")).to_have_text("cancelled", timeout=20_000)
    expect(page.locator("#result_list tbody tr", has_text="The one that came")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.stayed")


def test_what_is_selected_stays_selected(platform: Platform, page: Page) -> None:
    api = platform.client("admin", "live")
    submitted(api, parked(title="The one that is chosen"))
    page.clock.install()
    page.goto("/admin/tasks/agentjob/")
    box = page.locator("#result_list tbody tr", has_text="The one that is chosen").locator("input.action-select")
    box.check()
    submitted(api, parked(title="The one that waits"))
    page.clock.run_for(60_000)
    expect(box).to_be_checked()
    waits = page.locator("#result_list tbody tr", has_text="The one that waits")
    expect(waits).to_have_count(0)
    box.uncheck()
    page.locator("#searchbar").focus()
    page.clock.run_for(10_000)
    expect(waits).to_be_visible()
    page.locator("#action-toggle").check()
    expect(waits.locator("input.action-select")).to_be_checked()

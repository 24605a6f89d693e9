"""/tasks/<id>/ as a person meets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.conftest import SECONDS, led_to

pytestmark = [pytest.mark.browser, pytest.mark.requirement("U2")]
Person = Callable[..., Page]
Submit = Callable[..., dict[str, Any]]
Finished = Callable[[dict[str, Any]], dict[str, Any]]

TALKING = 'for n in 1 2 3 4 5 6; do echo line $n; echo "::progress $((n * 10)) step $n"; sleep 0.5; done'

GROWING = "for n in $(seq 400); do echo line $n; done; while true; do echo more $((n = n + 1)); sleep 0.3; done"
AT_END = """() => {
    const view = document.querySelector("[data-log-window]");
    return view.scrollHeight > view.clientHeight && view.scrollHeight - view.scrollTop - view.clientHeight < 2;
}"""
GROWN = "last => document.querySelector('#log').lastElementChild.innerText !== last"
COUNT = """() => {
    window.updates = 0;
    document.addEventListener("htmx:afterSettle", ({ detail }) => { window.updates += detail.target.id === "task"; });
}"""


def open_task(page: Page, job: dict[str, Any], query: str = "") -> None:
    page.goto(f"/tasks/{job['id']}/{query}")
    page.evaluate("window.neverReloaded = true")


def until(page: Page, holds: str, argument: Any = None) -> None:
    """Waits until a function of the page is true. Playwright's own way takes `eval`, which the page's policy refuses."""
    page.evaluate(
        f"""async argument => {{
            const latest = performance.now() + {SECONDS};
            while (!({holds})(argument)) {{
                if (performance.now() > latest) throw new Error("this did not come true");
                await new Promise(requestAnimationFrame);
            }}
        }}""",
        argument,
    )


@pytest.mark.requirement("W11", "W12")
def test_log_and_progress_stream_while_it_runs(person: Person, submit: Submit) -> None:
    page = person()
    open_task(page, submit(title="Talks", command=["sh", "-c", TALKING]))
    expect(page.locator("#task .why")).to_contain_text("Running")
    expect(page.locator("#log")).to_contain_text("line 1")
    expect(page.locator(".task-progress")).to_contain_text(re.compile(r"\d0 % · step \d"))
    expect(page.locator("#log")).to_contain_text("line 6")
    expect(page.locator("#task .why")).to_contain_text("Completed")
    expect(page.locator("#log .heading")).to_have_count(1)
    assert page.locator("#log li:not(:has(.heading))").all_inner_texts() != []
    assert page.evaluate("window.neverReloaded")


def test_the_log_follows_its_end_until_the_person_scrolls_up(person: Person, submit: Submit) -> None:
    page = person()
    open_task(page, submit(title="Long", command=["sh", "-c", GROWING]))
    log, follow = page.locator("#log"), page.locator("#follow")
    expect(log).to_contain_text("line 400")
    until(page, AT_END)
    until(page, GROWN, log.locator("li").last.inner_text())
    until(page, AT_END)
    expect(follow).to_be_checked()

    page.evaluate("document.querySelector('[data-log-window]').scrollTo(0, 0)")
    expect(follow).not_to_be_checked()
    until(page, GROWN, log.locator("li").last.inner_text())
    page.evaluate(COUNT)
    until(page, "() => window.updates >= 2")
    expect(follow).not_to_be_checked()
    assert page.evaluate("document.querySelector('[data-log-window]').scrollTop") == 0

    page.keyboard.press("f")
    expect(follow).to_be_checked()
    until(page, AT_END)


def test_scrolling_up_just_before_an_update_is_not_undone_by_it(person: Person, submit: Submit) -> None:
    """A scroll event comes a frame late: here the lines come first."""
    page = person()
    open_task(page, submit(title="Long", command=["sh", "-c", GROWING]))
    expect(page.locator("#log")).to_contain_text("line 400")
    until(page, AT_END)
    page.evaluate(
        """() => document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
            if (detail.target.id !== "log" || window.scrolled) return;
            window.scrolled = true;
            document.querySelector("[data-log-window]").scrollTo(0, 0);
        })"""
    )
    until(page, "() => window.scrolled")
    expect(page.locator("#follow")).not_to_be_checked()
    until(page, GROWN, page.locator("#log li").last.inner_text())
    assert page.evaluate("document.querySelector('[data-log-window]').scrollTop") == 0


def test_the_whole_log_can_be_downloaded(person: Person, submit: Submit, finished: Finished, tmp_path: Path) -> None:
    job = finished(submit(title="Prints", command=["sh", "-c", "seq 3000"]))
    page = person()
    open_task(page, job)
    expect(page.locator("[data-log-earlier]")).to_be_visible()
    assert page.locator("#log li").count() <= 2000
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download", exact=True).click()
    waiting.value.save_as(tmp_path / "log.txt")
    assert (tmp_path / "log.txt").read_text().split() == [str(number) for number in range(1, 3001)]


def test_it_is_stopped_and_retried_by_single_keys(person: Person, submit: Submit) -> None:
    page = person()
    open_task(page, submit(title="Runs for long", command=["sleep", "120"]))
    why = page.locator("#task .why")
    expect(why).to_contain_text("Running")
    expect(page.get_by_role("button", name="Retry")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("c")
    page.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    expect(why).to_contain_text("Cancelled")
    expect(why).to_contain_text("by ")
    expect(page.get_by_role("button", name="Cancel")).to_have_attribute(
        "data-tip", "It is over (cancelled): there is nothing to stop."
    )
    page.keyboard.press("r")
    expect(page.locator(".toast").last).to_contain_text("waits to be tried again")
    expect(why).to_contain_text("Running")
    expect(page.locator("#timeline .part")).not_to_have_count(0)
    assert page.evaluate("window.neverReloaded")


def test_a_failure_says_why_and_after_how_many_attempts(person: Person, submit: Submit, finished: Finished) -> None:
    command = ["sh", "-c", "echo no such module >&2; exit 3"]
    job = finished(submit(title="Fails", command=command, limits={"attempts": 2}))
    page = person()
    open_task(page, job)
    expect(page.locator("#task .why")).to_contain_text("Failed")
    expect(page.locator(".error")).to_contain_text(job["error"]["code"])
    expect(page.locator("#log .stderr").first).to_contain_text("no such module")
    page.locator("#events > summary").click()
    expect(page.locator("#events")).to_contain_text("Started")
    page.get_by_role("button", name="Failures only").click()
    expect(page).to_have_url(re.compile("events=failures"))
    expect(page.locator("#events tbody tr").first).to_be_visible()
    expect(page.locator("#events tbody")).not_to_contain_text("Started")


def test_an_update_asked_for_before_a_choice_does_not_undo_it(
    person: Person, submit: Submit, finished: Finished
) -> None:
    job = finished(submit(title="Fails", command=["sh", "-c", "exit 3"], limits={"attempts": 1}))
    page = person()
    open_task(page, job)
    page.locator("#events > summary").click()
    expect(page.locator("#events")).to_contain_text("Started")
    held: list[Route] = []
    updates = re.compile(rf"{job['id']}/(?!.*failures)")
    page.route(updates, lambda route: held.append(route))
    page.evaluate("for (let n = 0; n < 2; n += 1) htmx.trigger('#task', 'refresh')")
    page.get_by_role("button", name="Failures only").click()
    expect(page.locator("#events tbody")).not_to_contain_text("Started")
    page.evaluate("document.addEventListener('htmx:afterRequest', () => { window.answered = true; })")
    for route in held.copy():
        route.continue_()
    until(page, "() => window.answered")
    expect(page.locator("#events tbody tr").first).to_be_visible()
    expect(page.locator("#events tbody")).not_to_contain_text("Started")


def test_a_plan_shows_its_tool_calls_its_input_and_its_result(
    person: Person, submit: Submit, finished: Finished
) -> None:
    steps = [
        {"tool": "files.write", "args": {"path": "a.txt", "text": "<b>bold</b>"}},
        {"tool": "files.read", "args": {"path": "a.txt"}},
    ]
    job = finished(submit(title="A plan", steps=steps))
    assert job["state"] == "completed", job["error"]
    page = person()
    open_task(page, job, "?tab=calls")
    expect(page.locator(".calls tbody tr")).to_have_count(2)
    page.locator(".calls summary").last.click()
    expect(page.locator(".calls details[open] .code").first).to_contain_text("<b>bold</b>")
    page.get_by_role("link", name="Input", exact=True).click()
    expect(page.locator("#document-spec")).to_contain_text("files.write")
    page.get_by_role("link", name="Result", exact=True).click()
    expect(page.locator("#document-result")).to_contain_text("<b>bold</b>")
    page.get_by_role("link", name="Raw", exact=True).click()
    expect(page.locator("#document-raw")).to_contain_text(job["id"])
    expect(page).to_have_url(re.compile("tab=raw"))


def test_the_neighbours_are_one_key_away(person: Person, submit: Submit) -> None:
    jobs = [submit(title=f"Number {n}", session="row", command=["echo", str(n)]) for n in range(3)]
    page = person()
    open_task(page, jobs[1])
    page.keyboard.press("]")
    led_to(page, "Number 2")
    page.keyboard.press("[")
    led_to(page, "Number 1")
    page.keyboard.press("[")
    led_to(page, "Number 0")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/tasks/\?workspace="))


def test_a_viewer_reads_why_a_button_is_not_for_them(person: Person, submit: Submit) -> None:
    job = submit(title="Not yours", command=["sleep", "60"])
    page = person("viewer")
    open_task(page, job)
    button = page.get_by_role("button", name="Cancel")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("aria-description", "This takes the role operator; yours only reads.")
    answer = page.request.get(f"/tasks/{job['id']}/cancel/")
    assert answer.ok
    page.goto(f"/tasks/{job['id']}/cancel/")
    page.get_by_role("button", name="Cancel it").or_(page.get_by_role("button", name="Stop it")).click()
    expect(page.get_by_text("role").first).to_be_visible()

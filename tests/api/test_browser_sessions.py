"""Who signed in with a browser uses the same API, and proves with each change that it comes from our pages."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.work import parked, problem, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("T4")


@pytest.fixture
def browser(platform: Platform) -> Iterator[httpx.Client]:
    make_user(platform, "bea", workspace="browsers", role="operator")
    make_user(platform, "bea", workspace="browsers-too", role="viewer")
    with signed_in(platform, "bea") as client:
        yield client


def test_a_session_reads(browser: httpx.Client) -> None:
    me = browser.get("/api/me/").json()
    assert me["actor"] == {"kind": "user", "label": "bea"}
    assert {each["slug"]: each["role"] for each in me["workspaces"]} == {
        "browsers": "operator",
        "browsers-too": "viewer",
    }


def test_a_change_takes_the_csrf_token(browser: httpx.Client) -> None:
    spec = parked(workspace="browsers")
    problem(browser.post("/api/tasks/", json=spec), 403, "csrf_failed")
    problem(browser.post("/api/tasks/", json=spec, headers={"X-CSRFToken": "x" * 32}), 403, "csrf_failed")
    headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
    foreign = headers | {"Origin": "https://elsewhere.example"}
    problem(browser.post("/api/tasks/", json=spec, headers=foreign), 403, "csrf_failed")
    made = browser.post("/api/tasks/", json=spec, headers=headers)
    assert (made.status_code, made.json()["submitted_by"]) == (201, {"kind": "user", "label": "bea"})
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    problem(browser.post("/api/tasks/", data=form), 415, "unsupported_media_type")


def test_who_belongs_to_several_workspaces_names_one(browser: httpx.Client) -> None:
    headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
    problem(browser.post("/api/tasks/", json=parked(), headers=headers), 400, "invalid_input")
    answer = browser.post("/api/tasks/", json=parked(workspace="browsers-too"), headers=headers)
    problem(answer, 403, "not_allowed")


def test_a_list_holds_what_all_ones_workspaces_have(platform: Platform, browser: httpx.Client) -> None:
    for slug in ("browsers", "browsers-too"):
        submitted(platform.client("admin", slug), parked())
    jobs = browser.get("/api/tasks/", params={"limit": 200}).json()["results"]
    assert {job["workspace"] for job in jobs} == {"browsers", "browsers-too"}
    one = browser.get("/api/tasks/", params={"workspace": "browsers-too"}).json()["results"]
    assert {job["workspace"] for job in one} == {"browsers-too"}


def test_a_bearer_token_counts_before_a_session(platform: Platform, browser: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {platform.token('viewer')}"}
    assert browser.get("/api/me/", headers=headers).json()["actor"]["kind"] == "token"
    problem(browser.get("/api/me/", headers={"Authorization": "Bearer nonsense"}), 401, "unauthenticated")


def test_an_expired_session_is_nobody(platform: Platform, browser: httpx.Client) -> None:
    platform.sql("DELETE FROM django_session WHERE session_key = %s", [browser.cookies["sessionid"]])
    problem(browser.get("/api/me/"), 401, "unauthenticated")

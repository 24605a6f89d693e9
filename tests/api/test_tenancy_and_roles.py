"""Whose rows one sees, and what one may do with them, at every address."""

from __future__ import annotations

import httpx
import pytest

from tests.api.work import parked, problem, quick, submitted
from tests.platform import Platform

OF_A_JOB = [
    ("GET", "/api/tasks/{}/"),
    ("GET", "/api/tasks/{}/?wait=1"),
    ("POST", "/api/tasks/{}/cancel/"),
    ("POST", "/api/tasks/{}/retry/"),
    ("GET", "/api/tasks/{}/logs/"),
    ("GET", "/api/tasks/{}/events/"),
    ("GET", "/api/tasks/{}/calls/"),
    ("GET", "/api/tasks/{}/spec/"),
    ("GET", "/api/agent-jobs/{}/"),
    ("DELETE", "/api/agent-jobs/{}/"),
]
OF_A_SESSION = [
    ("GET", "/api/sessions/{}/"),
    ("POST", "/api/sessions/{}/close/"),
    ("POST", "/api/sessions/{}/pause/"),
    ("POST", "/api/sessions/{}/resume/"),
]
LISTS = ["/api/tasks/", "/api/agent-jobs/", "/api/sessions/", "/api/events/"]


@pytest.mark.requirement("T2")
@pytest.mark.parametrize(("method", "path"), OF_A_JOB + OF_A_SESSION)
def test_another_tenants_id_is_not_found(api: httpx.Client, stranger: httpx.Client, method: str, path: str) -> None:
    job = submitted(stranger, parked())
    id = job["session"]["id"] if "sessions" in path else job["id"]
    problem(api.request(method, path.format(id)), 404, "not_found")
    after = stranger.get(f"/api/tasks/{job['id']}/").json()
    assert (after["state"], after["version"]) == ("queued", 1)


@pytest.mark.requirement("T2")
@pytest.mark.parametrize("path", LISTS)
def test_a_list_holds_nothing_of_another_tenant(api: httpx.Client, stranger: httpx.Client, path: str) -> None:
    submitted(stranger, parked())
    submitted(api, parked())
    for client, slug in ((api, "default"), (stranger, "strangers")):
        assert {each["workspace"] for each in client.get(path).json()["results"]} <= {slug}
        assert (
            client.get(path, params={"workspace": "default" if slug == "strangers" else "strangers"}).json()["results"]
            == []
        )


@pytest.mark.requirement("T3")
def test_the_web_logs_in_as_a_role_that_row_level_security_binds(platform: Platform, api: httpx.Client) -> None:
    api.get("/api/me/")
    names = platform.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'interlock-web'")
    assert [row["usename"] for row in names] == ["interlock_web"]


CHANGES = [
    ("POST", "/api/tasks/", quick()),
    ("POST", "/api/tasks/batch/", {"tasks": [quick()]}),
    ("POST", "/api/agent-jobs/", quick()),
    ("POST", "/api/tasks/{job}/cancel/", {}),
    ("POST", "/api/tasks/{job}/retry/", {}),
    ("DELETE", "/api/agent-jobs/{job}/", {}),
    ("POST", "/api/sessions/{session}/close/", {}),
    ("POST", "/api/sessions/{session}/pause/", {}),
    ("POST", "/api/sessions/{session}/resume/", {}),
]


@pytest.mark.requirement("T1")
@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_a_viewer_changes_nothing(
    platform: Platform, api: httpx.Client, method: str, path: str, body: dict[str, object]
) -> None:
    job = submitted(api, parked())
    viewer = platform.client("viewer")
    address = path.format(job=job["id"], session=job["session"]["id"])
    refusal = problem(viewer.request(method, address, json=body), 403, "not_allowed")
    assert "operator" in refusal["detail"]
    assert viewer.get(f"/api/tasks/{job['id']}/").json()["version"] == 1


@pytest.mark.requirement("T1")
def test_an_operator_may_do_what_a_viewer_may_not(platform: Platform) -> None:
    operator = platform.client("operator")
    job = submitted(operator, parked())
    assert operator.post(f"/api/tasks/{job['id']}/cancel/").status_code == 200


EVERY_ADDRESS = [
    *((method, path.format("x")) for method, path in OF_A_JOB + OF_A_SESSION),
    *(("GET", path) for path in [*LISTS, "/api/workers/", "/api/queue/", "/api/me/", "/api/tokens/"]),
    ("POST", "/api/tasks/"),
    ("POST", "/api/tasks/batch/"),
    ("DELETE", "/api/tokens/x/"),
]


@pytest.mark.requirement("T4")
@pytest.mark.parametrize(("method", "path"), EVERY_ADDRESS)
def test_nobody_who_did_not_sign_in_learns_anything(platform: Platform, method: str, path: str) -> None:
    answer = httpx.request(method, platform.url + path)
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")

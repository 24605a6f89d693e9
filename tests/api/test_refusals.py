"""Every refusal is a problem: whatever the method, the path or the body, and whether or not the database is there."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import agents
import approvals
import tasks
from agents.errors import InterlockError
from tests.api.work import parked, problem, submitted
from tests.platform import Platform

ERRORS = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
NOT_OVER_HTTP = {"error", "ambiguous_id", "unknown_runtime"}


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/tasks/a/b/c/", "/api/%ff"])
def test_an_unknown_path_is_a_problem(api: httpx.Client, path: str) -> None:
    problem(api.get(path), 404, "not_found")
    problem(api.post(path, json={}), 404, "not_found")


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_names_those_that_are(api: httpx.Client, method: str) -> None:
    answer = api.request(method, "/api/tasks/")
    assert "GET, POST" in problem(answer, 405, "method_not_allowed")["detail"]
    assert answer.headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.requirement("I1")
def test_a_page_that_is_not_there_stays_a_page(platform: Platform) -> None:
    answer = httpx.get(f"{platform.url}/nowhere/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.requirement("I1")
def test_a_foreign_host_is_refused(platform: Platform) -> None:
    answer = httpx.get(f"{platform.url}/api/me/", headers={"Host": "elsewhere.example"})
    problem(answer, 400, "invalid_input")


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*"])
def test_whatever_a_client_accepts_it_can_read_the_answer(api: httpx.Client, accept: str) -> None:
    assert api.get("/api/me/", headers={"Accept": accept}).json()["actor"]
    problem(api.get("/api/tasks/x/", headers={"Accept": accept}), 404, "not_found")


@pytest.mark.requirement("T5")
def test_a_body_where_none_is_wanted_is_read_by_nobody(api: httpx.Client) -> None:
    assert api.request("GET", "/api/me/", content=b"x" * 1000).status_code == 200
    problem(api.request("GET", "/api/me/", content=b"x" * 100_000), 413, "too_large")


@pytest.mark.requirement("Q12")
def test_without_a_database_the_answer_is_503_and_then_it_goes_on(fault_platform: Platform) -> None:
    fault_platform.start()
    api = fault_platform.client()
    job = submitted(api, parked())
    fault_platform.servers.postgres.stop()
    try:
        for method, path in [("GET", "/api/me/"), ("POST", "/api/tasks/"), ("GET", f"/api/tasks/{job['id']}/")]:
            answer = api.request(method, path, json=parked() if method == "POST" else None, timeout=60)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
    finally:
        fault_platform.servers.postgres.start()
    fault_platform.wait_for(lambda: api.get(f"/api/tasks/{job['id']}/").status_code == 200)
    assert api.get("/api/tasks/").json()["results"][0]["id"] == job["id"]


@pytest.mark.requirement("Q12")
def test_who_waits_while_the_database_restarts_gets_the_result(fault_platform: Platform) -> None:
    fault_platform.start()
    api = fault_platform.client()
    job = submitted(api, parked(command=["sleep", "1"], not_before="2020-01-01T00:00:00Z"))
    with httpx.stream("GET", f"{fault_platform.url}/api/me/", headers=api.headers):
        fault_platform.restart_postgres()
    fault_platform.wait_for(lambda: api.get(f"/api/tasks/{job['id']}/").status_code == 200)
    assert api.get(f"/api/tasks/{job['id']}/", params={"wait": 60}, timeout=70).json()["state"] == "completed"


@pytest.mark.requirement("Q12")
def test_without_redis_work_is_taken_read_and_cancelled(fault_platform: Platform) -> None:
    fault_platform.start()
    api = fault_platform.client()
    fault_platform._kill_server(fault_platform.servers.redis.process)
    try:
        job = submitted(api, parked())
        assert api.get(f"/api/tasks/{job['id']}/").json()["state"] == "queued"
        assert api.post(f"/api/tasks/{job['id']}/cancel/").json()["state"] == "cancelled"
    finally:
        fault_platform.servers.redis.start()


def test_every_code_of_an_answer_is_documented_with_its_status() -> None:
    for package in (agents, tasks, approvals):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("_worker"):
                importlib.import_module(module.name)
    documented = set(re.findall(r"^\| `(\w+)` \| (\d+) \|", ERRORS, re.MULTILINE))
    of_a_spec_a_rule_or_a_run = set(re.findall(r"^\| `(\w+)` \| [^\d]", ERRORS, re.MULTILINE))
    ours = {
        (error.code, str(error.status))
        for error in _tree(InterlockError)
        if error.__module__.partition(".")[0] in ("agents", "tasks", "approvals") and error.code not in NOT_OVER_HTTP
    }
    assert documented <= ours
    assert {code for code, _ in ours - documented} <= of_a_spec_a_rule_or_a_run


def _tree(error: type[InterlockError]) -> Iterator[type[InterlockError]]:
    for child in error.__subclasses__():
        yield child
        yield from _tree(child)

"""A plan that must ask, on a real platform: it waits without holding anything, and goes on where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.work import start
from tests.platform import Platform

pytestmark = pytest.mark.requirement("P3")

LETTER = "letter.txt"


def plan(ledger: Path) -> dict[str, Any]:
    """Notes that it was here, writes a letter, for which it asks, and puts the letter into the ledger."""
    return {
        "title": "A letter",
        "steps": [
            {"tool": "shell.run", "args": {"command": f'echo began >> "{ledger}"; echo of the job > notes.txt'}},
            {"tool": "files.write", "args": {"path": LETTER, "text": "Dear Sir\n"}},
            {"tool": "shell.run", "args": {"command": f'cat {LETTER} notes.txt >> "{ledger}"'}},
        ],
    }


def ask_about(api: httpx.Client, tool: str, **fields: Any) -> None:
    rule = {"order": 10, "tool": tool, "verdict": "REQUIRE_APPROVAL", **fields}
    answer = api.post("/api/policy/rules/", json=rule)
    assert answer.status_code == 201, answer.text


def submitted(api: httpx.Client, spec: dict[str, Any]) -> str:
    answer = api.post("/api/tasks/", json=spec)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def waiting(platform: Platform, api: httpx.Client, job: str) -> dict[str, Any]:
    """The request that the job waits for, as soon as there is one."""

    def asked() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.get("/api/approvals/", params={"job": job, "state": "waiting"}).json()[
            "results"
        ]
        return found

    [request] = platform.wait_for(asked, 60, "the request for approval")
    return request


def approve(api: httpx.Client, request: dict[str, Any], **said: Any) -> dict[str, Any]:
    answer = api.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"], **said})
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.json()
    return decided


def ended(platform: Platform, api: httpx.Client, job: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = api.get(f"/api/tasks/{job}/").json()
        return found if found["state"] in ("completed", "failed", "cancelled") else None

    return platform.wait_for(over, 60, "the end of the job")  # type: ignore[return-value]


@pytest.mark.requirement("P4")
@pytest.mark.requirement("W7")
def test_a_plan_goes_on_with_the_edit_and_repeats_nothing(platform: Platform, tmp_path: Path) -> None:
    api, ledger = platform.client("admin", "letters"), tmp_path / "ledger"
    ask_about(api, "files.write")
    job = submitted(api, plan(ledger))
    request = waiting(platform, api, job)

    waits = api.get(f"/api/tasks/{job}/").json()
    assert (waits["state"], waits["waiting_for"]["code"]) == ("suspended", "approval")
    assert "role approver" in waits["waiting_for"]["sentence"]
    assert [attempt["outcome"] for attempt in waits["attempts"]] == ["suspended"]
    assert (request["tool"], request["arguments"]["text"], request["job"]["id"]) == ("files.write", "Dear Sir\n", job)
    assert api.get("/api/approvals/count/").json() == {"waiting": 1, "yours": 1}

    operator = platform.client("operator", "letters")
    refused = operator.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_decision")
    wrong = api.post(f"/api/approvals/{request['id']}/deny/", json={"version": "another", "comment": "no"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "approval_changed")

    decided = approve(api, request, args={"path": LETTER, "text": "Dear all\n"}, comment="kinder")
    assert (decided["state"], decided["edited"]["text"]) == ("approved", "Dear all\n")
    assert ended(platform, api, job)["state"] == "completed"
    assert ledger.read_text() == "began\nDear all\nof the job\n", "the first step ran once, and its file was kept"
    assert api.get(f"/api/approvals/{request['id']}/").json()["executed"] == "succeeded"
    again = api.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    calls = api.get(f"/api/tasks/{job}/calls/").json()["results"]
    assert [(call["index"], call["state"]) for call in calls] == [(0, "done"), (1, "done"), (2, "done")]


@pytest.mark.requirement("J2")
def test_a_job_names_what_people_were_asked_about_it(platform: Platform, tmp_path: Path) -> None:
    api = platform.client("admin", "named")
    ask_about(api, "files.write")
    job = submitted(api, plan(tmp_path / "ledger"))
    request = waiting(platform, api, job)
    asked = {"id": request["id"], "tool": "files.write", "state": "waiting", "decided_by": None}
    assert api.get(f"/api/tasks/{job}/").json()["approvals"] == [asked]
    approve(api, request)
    [decided] = ended(platform, api, job)["approvals"]
    assert decided == asked | {"state": "approved", "decided_by": decided["decided_by"]}
    assert decided["decided_by"].startswith("token:")
    assert api.get("/api/tasks/", params={"session": "default"}).json()["results"][0]["approvals"] is None


def test_what_is_denied_does_not_run_and_bulk_says_what_became_of_each(platform: Platform, tmp_path: Path) -> None:
    api, ledger = platform.client("admin", "denied"), tmp_path / "ledger"
    ask_about(api, "files.write")
    jobs = [submitted(api, plan(ledger)) for _ in range(2)]
    requests = [waiting(platform, api, job) for job in jobs]
    seen = [{"id": each["id"], "version": each["version"]} for each in requests]
    done = api.post(
        "/api/approvals/decide/",
        json={"decision": "deny", "comment": "not today", "approvals": [*seen, seen[0]]},
    ).json()
    assert done["decided"] == [each["id"] for each in seen]
    assert [each["code"] for each in done["refused"]] == ["already_decided"]
    assert [api.get(f"/api/tasks/{job}/").json()["state"] for job in jobs] == ["cancelled", "cancelled"]
    assert "Dear" not in ledger.read_text()


@pytest.mark.requirement("P4")
def test_always_for_this_session_asks_no_more_until_it_is_revoked(platform: Platform, tmp_path: Path) -> None:
    api, ledger = platform.client("admin", "remembered"), tmp_path / "ledger"
    ask_about(api, "files.write")
    spec = plan(ledger) | {"session": "letters"}
    first = submitted(api, spec)
    approve(api, waiting(platform, api, first), remember="session")
    assert ended(platform, api, first)["state"] == "completed"
    second = submitted(api, spec)
    assert ended(platform, api, second)["state"] == "completed"
    [grant] = api.get("/api/approvals/grants/", params={"session": "letters"}).json()["results"]
    assert (grant["tool"], grant["revoked_at"]) == ("files.write", None)
    assert api.post(f"/api/approvals/grants/{grant['id']}/revoke/").status_code == 200
    assert waiting(platform, api, submitted(api, spec))


def test_a_suspended_job_outlives_worker_and_dispatcher(fault_platform: Platform, tmp_path: Path) -> None:
    platform, ledger = start(fault_platform, workers=1, concurrency=2), tmp_path / "ledger"
    api = platform.client()
    ask_about(api, "files.write")
    job = submitted(api, plan(ledger))
    request = waiting(platform, api, job)
    platform.kill("worker")
    platform.kill("dispatcher")
    approve(api, request)
    platform.start_part("dispatcher", "dispatcher")
    platform.start_worker(concurrency=2)
    assert ended(platform, api, job)["state"] == "completed"
    assert ledger.read_text() == "began\nDear Sir\nof the job\n"


@pytest.mark.requirement("W7")
def test_a_worker_killed_between_an_effect_and_its_record_leaves_a_doubt_that_asks(
    fault_platform: Platform, tmp_path: Path
) -> None:
    platform, ledger, gate = start(fault_platform, workers=1, concurrency=2), tmp_path / "ledger", tmp_path / "gate"
    api = platform.client()
    effect = f'echo done >> "{ledger}"; until [ -e "{gate}" ]; do sleep 0.1; done'
    job = submitted(api, {"tool": "shell.run", "args": {"command": effect}})
    platform.wait_for(lambda: ledger.exists() and ledger.read_text() == "done\n", 60, "the effect")
    platform.kill("worker")
    gate.touch()
    platform.start_worker(concurrency=2)
    request = waiting(platform, api, job)
    assert "nobody knows how it ended" in request["why"]
    assert request["rule"] is None
    assert ledger.read_text() == "done\n", "it was not done again"
    calls = api.get(f"/api/tasks/{job}/calls/").json()["results"]
    assert [(call["attempt"], call["state"]) for call in calls] == [(1, "unknown"), (2, "asked")]
    approve(api, request)
    assert ended(platform, api, job)["state"] == "completed"
    assert ledger.read_text() == "done\ndone\n"

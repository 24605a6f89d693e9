"""POST /api/tasks/: what is taken, and what is refused with a sentence, a code and a line, and changes nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, count, parked, problem, quick, submitted
from tests.platform import Platform

JSON, YAML = {"Content-Type": "application/json"}, {"Content-Type": "application/yaml"}

CONTRACT = {
    "id",
    "type",
    "workspace",
    "project",
    "session",
    "agent",
    "agent_type",
    "parent",
    "children",
    "key",
    "title",
    "description",
    "runtime",
    "tool",
    "arguments",
    "data",
    "priority",
    "state",
    "state_since",
    "version",
    "position",
    "estimate",
    "waiting_for",
    "progress",
    "depends_on",
    "files",
    "tags",
    "metadata",
    "limits",
    "attempts",
    "attempt",
    "max_attempts",
    "submitted_by",
    "created_at",
    "queued_at",
    "started_at",
    "completed_at",
    "deadline",
    "available_at",
    "wait_seconds",
    "approvals",
    "worker",
    "result",
    "result_purged_at",
    "error",
    "cancel_requested_at",
    "idempotency_key",
    "usage",
    "policy",
}


@pytest.mark.requirement("J6")
def test_a_task_comes_as_json(api: httpx.Client) -> None:
    job = submitted(api, quick(title="Say hello", priority="low", tags=["greeting"], metadata={"a": 1}))
    assert (job["title"], job["priority"], job["tags"], job["metadata"]) == ("Say hello", "P3", ["greeting"], {"a": 1})
    assert job["state"] in ("queued", "running", "completed")


@pytest.mark.requirement("J6")
@pytest.mark.parametrize("media_type", ["application/yaml", "application/x-yaml", "text/yaml; charset=utf-8"])
def test_a_task_comes_as_yaml(api: httpx.Client, media_type: str) -> None:
    body = "title: Say hello\ncommand: [echo, hello]\nsession: yaml\nlimits: {timeout: 90s}\n"
    answer = api.post("/api/tasks/", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 201
    assert answer.json()["limits"]["timeout_ms"] == 90_000


@pytest.mark.requirement("J6")
def test_without_a_content_type_the_text_tells_which_it_is(api: httpx.Client) -> None:
    for body in (b'{"command": ["true"], "session": "untyped"}', b"command: ['true']\nsession: untyped"):
        assert api.post("/api/tasks/", content=body).status_code == 201


@pytest.mark.requirement("J2")
def test_the_job_has_every_field_of_the_contract(api: httpx.Client) -> None:
    job = submitted(api, quick())
    assert set(job) == CONTRACT
    assert set(job["limits"]) == {"timeout_ms", "attempts", "tokens", "turns", "cost", "cpu", "memory_mb", "result_ttl"}
    assert (job["limits"]["tokens"], job["limits"]["turns"], job["max_attempts"]) == (100_000, 50, 3)
    assert job["submitted_by"]["kind"] == "token"
    assert job["workspace"] == "default"


@pytest.mark.requirement("J2")
def test_a_single_call_is_shown_as_tool_and_arguments(api: httpx.Client) -> None:
    job = submitted(api, {"tool": "echo", "args": {"value": {"a": [1, None]}}, "session": "calls"}, wait=30)
    assert (job["tool"], job["arguments"], job["runtime"]) == ("echo", {"value": {"a": [1, None]}}, "plan")
    assert job["state"] == "completed"


MISTAKES: dict[str, tuple[bytes, dict[str, str], str, int | None]] = {
    "wrong YAML": (b"title: a\ncommand: [true\nsession: b\n", YAML, "invalid_yaml", 2),
    "wrong JSON": (b'{\n  "command": ["true"],\n}', JSON, "invalid_json", 3),
    "unknown field": (b"command: [a]\nprioritty: 1\n", YAML, "unknown_field", 2),
    "unknown tool": (b'{"tool":\n "files.raed"}', JSON, "unknown_tool", 1),
    "wrong arguments": (b"tool: sleep\nargs:\n  seconds: soon\n", YAML, "invalid_arguments", 3),
    "bad type": (b"command: [a]\ntags: fast\n", YAML, "wrong_type", 2),
    "a priority of 9": (b"command: [a]\n\npriority: 9\n", YAML, "invalid_value", 3),
    "invalid UTF-8": (b"command: [a]\ntitle: \xff\n", YAML, "invalid_encoding", 2),
    "a NUL": (b'{"command": ["a"],\n "title": "\x00"}', JSON, "invalid_encoding", 2),
    "an escaped NUL": (b'{"command": ["a"],\n "title": "\\u0000"}', JSON, "invalid_encoding", 2),
    "half a surrogate pair": (b'{"command": ["\\ud800"]}', JSON, "invalid_encoding", 1),
    "nothing": (b"", JSON, "missing_field", None),
    "no work": (b'{"title": "a"}', JSON, "missing_field", None),
    "a list": (b"[]", JSON, "wrong_type", None),
    "a batch": (b'{"tasks": [{"command": ["a"]}]}', JSON, "invalid_value", None),
    "a dependency that is not there": (
        json.dumps({"command": ["a"], "depends_on": [UNKNOWN_ID]}).encode(),
        JSON,
        "unknown_dependency",
        None,
    ),
    "another type of job": (b"type: spawn-agent\n", YAML, "invalid_value", 1),
    "a prompt without a model": (b"prompt: Hello\n", YAML, "missing_field", None),
    "a model of nobody": (b"prompt: Hello\nmodel: acme:big\n", YAML, "unknown_model", 2),
    "a model without a key": (b"prompt: Hello\nmodel: google:big\n", YAML, "missing_provider_key", None),
    "a deep nest": (b'{"command": ["a"], "data": ' + b'{"a":' * 200 + b"1" + b"}" * 201, JSON, "invalid_value", None),
}


@pytest.mark.requirement("J6")
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_code_and_line_and_changes_nothing(own: httpx.Client, name: str) -> None:
    body, headers, code, line = MISTAKES[name]
    before = count(own)
    refusal = problem(own.post("/api/tasks/", content=body, headers=headers), 400, "invalid_spec")
    assert code in {error["code"] for error in refusal["errors"]}, refusal
    if line is not None:
        assert line in {error.get("line") for error in refusal["errors"]}, refusal
    assert count(own) == before


@pytest.mark.requirement("J6")
def test_a_program_that_is_not_there_fails_the_job_and_says_so(api: httpx.Client) -> None:
    job = submitted(api, quick(command=["no-such-program-anywhere"]), wait=30)
    assert job["state"] == "failed"
    assert "no-such-program-anywhere" in job["error"]["message"]
    assert job["error"]["kind"] == "permanent"
    assert len(job["attempts"]) == 1


@pytest.mark.requirement("T5")
def test_over_one_mebibyte_is_too_large_with_and_without_a_length(own: httpx.Client) -> None:
    before = count(own)
    body = json.dumps(quick(data={"text": "x" * 1024 * 1024})).encode()

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 50_000):
            yield body[at : at + 50_000]

    for content in (body, pieces()):
        refusal = problem(own.post("/api/tasks/", content=content, headers=JSON), 413, "payload_too_large")
        assert "1 MiB" in refusal["detail"]
    assert count(own) == before


@pytest.mark.requirement("T5")
def test_a_little_less_than_one_mebibyte_is_taken(api: httpx.Client) -> None:
    job = submitted(api, parked(data={"text": "x" * (1024 * 1024 - 400)}))
    assert len(job["data"]["text"]) == 1024 * 1024 - 400


@pytest.mark.requirement("T5")
def test_who_asks_before_sending_too_much_need_not_send_it(platform: Platform) -> None:
    host, port = platform.url.removeprefix("http://").split(":")
    head = f"POST /api/tasks/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9999999999\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.requirement("J6")
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_media_type_is_refused(api: httpx.Client, media_type: str) -> None:
    answer = api.post("/api/tasks/", content=b"command: [a]", headers={"Content-Type": media_type})
    assert "application/yaml" in problem(answer, 415, "unsupported_media_type")["detail"]


@pytest.mark.requirement("T2")
def test_a_dependency_in_another_workspace_is_not_there(own: httpx.Client, stranger: httpx.Client) -> None:
    theirs = submitted(stranger, quick())
    answer = own.post("/api/tasks/", json=quick(depends_on=[theirs["id"]]))
    assert "unknown_dependency" in {error["code"] for error in problem(answer, 400, "invalid_spec")["errors"]}


@pytest.mark.requirement("T2")
def test_another_workspace_is_not_there(api: httpx.Client, stranger: httpx.Client) -> None:
    problem(api.post("/api/tasks/", json=quick(workspace="strangers")), 404, "not_found")
    problem(api.post("/api/tasks/", json=quick(workspace="nobodys")), 404, "not_found")
    assert submitted(api, quick(workspace="default"))["workspace"] == "default"


@pytest.mark.requirement("J2")
@pytest.mark.parametrize("field", ["project", "agent"])
def test_a_project_or_agent_that_is_not_there_is_named(api: httpx.Client, field: str) -> None:
    spec: dict[str, Any] = quick(**{field: "nowhere"})
    refusal = problem(api.post("/api/tasks/", json=spec), 400, "unknown_reference")
    assert refusal["errors"][0]["path"] == field


@pytest.mark.requirement("J7")
def test_a_job_that_depends_on_another_waits_for_it_and_says_so(api: httpx.Client) -> None:
    first = submitted(api, parked(title="the first"))
    second = submitted(api, quick(depends_on=[first["id"]]))
    assert (second["state"], second["depends_on"]) == ("blocked", [first["id"]])
    seen = api.get(f"/api/tasks/{second['id']}/").json()
    assert seen["waiting_for"]["code"] == "dependency"
    assert "the first" in seen["waiting_for"]["sentence"]


@pytest.mark.requirement("J2")
def test_a_job_of_a_project_names_it(platform: Platform, api: httpx.Client) -> None:
    platform.sql(
        "INSERT INTO agents_project (id, workspace_id, slug, name, repository) "
        "SELECT gen_random_uuid(), id, 'website', 'Website', '' FROM agents_workspace WHERE slug = 'default' "
        "ON CONFLICT DO NOTHING"
    )
    assert submitted(api, quick(project="website"))["project"] == "website"

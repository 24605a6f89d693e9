"""A canary in every kind of argument, from the door to a model's calls: what a rule redacts is in no table, no message, no log
and no answer of a whole platform, whatever becomes of the jobs."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from tests.agents.runtimes.llm.dialects import DIALECTS, Answer
from tests.agents.runtimes.llm.provider import Provider, provider
from tests.api.work import submitted
from tests.platform import Platform

pytestmark = [pytest.mark.requirement("P2"), pytest.mark.requirement("T6")]

CANARY = "canary7f3e9b"
PATTERN = "canary[0-9a-f]{6}"
"""In the rule's own row; so it must not be the canary itself."""
SAID = {"text": f"say {CANARY}"}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("echo", {"value": {CANARY: [{"deep": CANARY}]}}),
    ("files_write", {"path": f"{CANARY}.txt", "text": f"it is {CANARY}"}),
    ("files_read", {"path": f"no/{CANARY}"}),
    ("files_search", {"pattern": CANARY}),
    ("shell_run", {"command": ["sh", "-c", f"echo {CANARY}; echo {CANARY} >&2; exit 3"], "env": {"K": CANARY}}),
    ("http_request", {"url": f"http://127.0.0.1:9/{CANARY}", "headers": {"X": CANARY}, "json": {"k": CANARY}}),
    ("email_send", {"to": [f"{CANARY}@example.org"], "subject": CANARY, "text": CANARY}),
    ("task_submit", {"tasks": [{"title": CANARY, "command": ["echo", CANARY]}, {"tool": "echo", "args": SAID}]}),
]


class Overheard:
    """Every command that this platform's Redis gets, as text, with what is in base64 read as well."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._lines: list[str] = []
        self._over = threading.Event()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._listens.wait(10)

    def _listen(self) -> None:
        with self._client.monitor() as monitor:
            self._listens.set()
            for command in monitor.listen():
                if self._over.is_set():
                    return
                self._lines.append(str(command["command"]))

    def end(self) -> str:
        self._over.set()
        self._client.set("the.end", "1")
        self._thread.join(10)
        text = "\n".join(self._lines)
        return text + "\n".join(_plain(part) for part in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", text))


def _plain(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode(errors="replace")
    except ValueError:
        return ""


@pytest.fixture
def peer() -> Iterator[Provider]:
    with provider(DIALECTS["anthropic"]) as told:
        yield told


@pytest.fixture
def own(fault_platform: Platform, peer: Provider) -> Platform:
    fault_platform.env |= {"INTERLOCK_LOG_LEVEL": "DEBUG"}
    fault_platform.start(workers=1, concurrency=4)
    fault_platform.start_part("flower", "flower")
    api = fault_platform.api
    body = {"provider": "anthropic", "key": "sk-of-a-test-0123456789", "base_url": peer.url}
    assert api.post("/api/provider-keys/", json=body).status_code == 201
    asks = {"order": 1, "tool": "email.send", "verdict": "REQUIRE_APPROVAL"}
    redacts = {"order": 50, "tool": "*", "verdict": "REDACT", "redact": {"patterns": [PATTERN]}}
    for rule in (asks, redacts):
        answer = api.post("/api/policy/rules/", json=rule)
        assert answer.status_code == 201, answer.text
    return fault_platform


def test_it_is_nowhere(own: Platform, peer: Provider) -> None:
    overheard = Overheard(own.redis_url)
    api = own.api
    turns = [Answer("", calls=[(name, json.dumps(args))]) for name, args in CALLS]
    peer.will(*turns, Answer("Done."))
    tools = [name.replace("_", ".") for name, _ in CALLS]
    agent = submitted(api, {"prompt": f"find {CANARY}", "model": "anthropic:scripted-1", "tools": tools})
    planned = [{"tool": name.replace("_", "."), "args": args} for name, args in CALLS if name != "email_send"]
    plans = [submitted(api, {**step, "limits": {"attempts": 1}, "description": CANARY}) for step in planned]
    program = submitted(api, {"command": ["sh", "-c", f"echo {CANARY} >&2; exit 65"], "env": {"KEY": CANARY}})

    own.wait_for(lambda: _request_of(api, agent), 60, "the mail to ask")
    request = _request_of(api, agent)
    answers = [json.dumps(request)]
    edited = {**request["arguments"], "to": [f"{CANARY}@example.org"], "subject": f"edited {CANARY}"}
    said = api.post(f"/api/approvals/{request['id']}/approve/", json={"version": request["version"], "args": edited})
    assert said.status_code == 200, said.text
    jobs = [agent, *plans, program]
    for job in jobs:
        assert own.wait_for(lambda job=job: _over(api, job), 90, f"the end of {job['title']}")
    failed = [job for job in jobs if _over(api, job) == "failed"]
    assert program["id"] in [job["id"] for job in failed], "there are dead letters"
    for job in failed:
        preview = api.post(f"/api/tasks/{job['id']}/retry/", json={"dry_run": True})
        assert preview.status_code == 200, preview.text
        answers += [preview.text, api.post(f"/api/tasks/{job['id']}/retry/").text]
    for job in failed:
        own.wait_for(lambda job=job: _over(api, job), 90, f"the end of the replay of {job['title']}")

    answers += _answers(own)
    found = {**_tables(own), "answers": "\n".join(answers), "Redis": overheard.end(), **_logs(own)}
    assert "tasks.execute_task" in found["Redis"], "it has heard the messages"
    assert "[redacted]" in found["tasks_toolcall"] and "[redacted]" in found["tasks_agentjob"]
    assert [name for name, text in found.items() if CANARY in text] == []
    assert CANARY in peer.requests[-1]["messages"][1]["content"][0]["input"]["value"], (
        "the model said it, and nobody else"
    )


def _request_of(api: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    waiting = api.get("/api/approvals/", params={"state": "waiting"}).json()["results"]
    return next((each for each in waiting if each["job"]["id"] == job["id"]), {})


def _over(api: httpx.Client, job: dict[str, Any]) -> str:
    state: str = api.get(f"/api/tasks/{job['id']}/").json()["state"]
    return state if state in ("completed", "failed", "cancelled") else ""


def _tables(platform: Platform) -> dict[str, str]:
    """Everything that a backup of the database holds: all tables, those of Celery's results and schedules among them."""
    names = [row["tablename"] for row in platform.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    text = "SELECT coalesce(string_agg(each::text, E'\\n'), '') AS text FROM {} AS each"
    return {name: str(platform.sql(text.format(name))[0]["text"]) for name in names}


def _logs(platform: Platform) -> dict[str, str]:
    return {path.name: path.read_text(errors="replace") for path in (platform.folder.path / "logs").iterdir()}


def _answers(platform: Platform) -> list[str]:
    """What people and programs are shown: jobs with their calls, logs and specs, events, approvals, the export, pages, the
    admin, and Flower."""
    api, staff = platform.api, platform.browser(staff=True)
    paths = ["/api/tasks/?limit=200", "/api/events/?limit=1000", "/api/approvals/", "/api/queue/export/"]
    for job in api.get("/api/tasks/?limit=200").json()["results"]:
        base = f"/api/tasks/{job['id']}"
        paths += [f"{base}/", f"{base}/calls/", f"{base}/logs/", f"{base}/spec/", f"{base}/events/"]
    pages = [
        "/tasks/",
        *(path.replace("/api", "") for path in paths if re.fullmatch(r"/api/tasks/[0-9a-f-]{36}/", path)),
    ]
    flowers = [f"/admin/queues{path}" for path in ("/tasks", "/broker", "/workers", "/api/tasks", "/api/workers")]
    platform.wait_for(lambda: staff.get("/admin/queues/").status_code == 200, 60, "Flower to answer")
    found = []
    for client, wanted in ((api, paths), (platform.browser(), pages), (staff, flowers)):
        for path in wanted:
            answer = client.get(path)
            assert answer.status_code in (200, 404), f"{path}: {answer.status_code} {answer.text[:300]}"
            found.append(answer.text)
    return found

"""What is on record of a task: log, events, calls, spec."""

from __future__ import annotations

import httpx
import pytest
import yaml

from tests.api.work import done, parked, problem, quick, submitted
from tests.platform import Platform


@pytest.mark.requirement("W11")
def test_the_log_is_read_on_from_where_one_was(api: httpx.Client) -> None:
    job = done(api, command=["sh", "-c", "echo one; echo two >&2; echo three"])
    where = f"/api/tasks/{job['id']}/logs/"
    whole = api.get(where).json()
    assert set(whole["results"][0]) == {"id", "stream", "text", "at", "attempt"}
    text = "".join(line["text"] + "\n" for line in whole["results"])
    assert {word for word in ("one", "two", "three") if word in text} == {"one", "two", "three"}
    assert {line["stream"] for line in whole["results"]} == {"stdout", "stderr"}
    assert api.get(where, params={"after": whole["next"]}).json() == {"results": [], "next": whole["next"]}
    first = api.get(where, params={"limit": 1}).json()
    rest = api.get(where, params={"after": first["next"]}).json()
    assert first["results"] + rest["results"] == whole["results"]


@pytest.mark.requirement("J4")
@pytest.mark.requirement("I6")
def test_the_events_of_a_task_tell_its_way(platform: Platform, api: httpx.Client) -> None:
    job = done(api)

    def kinds() -> list[str]:
        return [event["kind"] for event in api.get(f"/api/tasks/{job['id']}/events/").json()["results"]]

    expected = ["TaskEnqueued", "TaskStarted", "TaskCompleted"]
    platform.wait_for(lambda: [kind for kind in kinds() if kind != "TaskProgress"] == expected)
    events = api.get(f"/api/tasks/{job['id']}/events/").json()
    assert [event["version"] for event in events["results"]] == sorted(event["version"] for event in events["results"])
    assert (events["results"][0]["before"], events["results"][0]["after"]) == (None, "queued")
    assert events["results"][-1]["worker"]


@pytest.mark.requirement("I6")
def test_the_log_of_events_is_followed_without_a_gap(platform: Platform) -> None:
    api = platform.client("admin", "followed")
    job = submitted(api, quick(), wait=30)
    cursor, seen = 0, []

    def completed() -> bool:
        nonlocal cursor
        page = api.get("/api/events/", params={"after": cursor, "limit": 2}).json()
        seen.extend(page["results"])
        cursor = page["next"]
        return "TaskCompleted" in [event["kind"] for event in seen]

    platform.wait_for(completed)
    numbers = [event["seq"] for event in seen]
    assert numbers == sorted(set(numbers))
    assert {event["job"] for event in seen if event["job"]} == {job["id"]}
    assert {event["workspace"] for event in seen} == {"followed"}
    assert api.get("/api/events/", params={"after": cursor}).json()["next"] == cursor
    only = api.get("/api/events/", params={"kind": "TaskStarted,TaskCompleted", "workspace": "followed"}).json()
    assert [event["kind"] for event in only["results"]] == ["TaskStarted", "TaskCompleted"]


@pytest.mark.requirement("I6")
@pytest.mark.parametrize("query", ["after=-1", "after=9223372036854775808", "after=x", "kind=Tea", "limit=1001"])
def test_a_cursor_that_cannot_be_is_refused(api: httpx.Client, query: str) -> None:
    problem(api.get(f"/api/events/?{query}"), 400, "invalid_input")


@pytest.mark.requirement("W7")
def test_the_calls_of_a_plan_are_told_in_order(api: httpx.Client) -> None:
    steps = [{"tool": "echo", "args": {"value": n}} for n in range(3)]
    job = submitted(api, {"steps": steps, "session": "calls"}, wait=30)
    calls = api.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    assert [(call["index"], call["tool"], call["state"]) for call in calls] == [(n, "echo", "done") for n in range(3)]
    assert calls[1]["arguments"] == {"value": 1}
    assert calls[1]["verdict"] == "ALLOW"


@pytest.mark.requirement("J6")
def test_a_task_is_written_back_as_its_spec(api: httpx.Client) -> None:
    spec = parked(title="Back again", limits={"timeout": "90s"}, priority="P3", tags=["a"])
    job = submitted(api, spec)
    where = f"/api/tasks/{job['id']}/spec/"
    written = api.get(where).json()
    assert written == spec
    by_format, by_accept = api.get(f"{where}?format=yaml"), api.get(where, headers={"Accept": "application/yaml"})
    assert by_format.headers["Content-Type"] == "application/yaml"
    assert by_format.text == by_accept.text
    assert yaml.safe_load(by_format.text) == written
    again = api.post("/api/tasks/", content=by_format.content, headers={"Content-Type": "application/yaml"})
    assert (again.status_code, again.json()["title"]) == (201, "Back again")
    problem(api.get(f"{where}?format=xml"), 400, "invalid_input")

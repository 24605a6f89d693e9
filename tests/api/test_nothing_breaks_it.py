"""Whatever comes, the answer is one of those that are promised: never a 500."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1")

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)
FIELDS = st.sampled_from(
    [
        "command",
        "steps",
        "tool",
        "args",
        "prompt",
        "model",
        "title",
        "description",
        "session",
        "priority",
        "tags",
        "files",
        "metadata",
        "data",
        "limits",
        "depends_on",
        "key",
        "type",
        "agent",
        "agent_type",
        "workspace",
        "project",
        "env",
        "not_before",
        "deadline",
        "isolation",
        "on_dependency_failure",
        "reason",
        "mode",
        "name",
        "role",
        "expires_in",
        "tasks",
        "defaults",
    ]
)
DOCUMENTS = st.dictionaries(FIELDS, VALUES, max_size=6) | VALUES
BODIES = st.binary(max_size=200) | DOCUMENTS.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
TYPES = st.sampled_from(["application/json", "application/yaml", "text/plain", "", "application/json; charset=x"])
POSTS = st.sampled_from(
    ["tasks/", "tasks/batch/", "agent-jobs/", "tokens/", "tasks/{}/cancel/", "tasks/{}/retry/", "sessions/{}/close/"]
)
GETS = st.sampled_from(
    ["tasks/", "agent-jobs/", "sessions/", "events/", "workers/", "queue/", "tasks/{}/", "tasks/{}/logs/", "me/"]
)
NAMES = st.sampled_from(
    [
        "state",
        "session",
        "agent_type",
        "tag",
        "priority",
        "project",
        "runtime",
        "tool",
        "created_after",
        "created_before",
        "q",
        "workspace",
        "type",
        "limit",
        "cursor",
        "after",
        "kind",
        "is",
        "name",
        "all",
        "format",
    ]
)
QUERIES = st.lists(st.tuples(NAMES, st.text(max_size=30)), max_size=3)
IDS = st.uuids().map(str) | st.text(min_size=1, max_size=40)
QUICKLY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def target(platform: Platform) -> httpx.Client:
    """A workspace of which nobody expects anything."""
    return platform.client("admin", "fuzzed")


def is_promised(answer: httpx.Response) -> bool:
    if answer.status_code < 400:
        return answer.status_code in (200, 201)
    body: dict[str, Any] = answer.json()
    return answer.status_code < 500 and bool(body["code"]) and bool(body["detail"])


@QUICKLY
@given(path=POSTS, id=IDS, body=BODIES, media_type=TYPES, key=st.none() | st.text("ab~é", max_size=5))
def test_any_body_is_answered(
    target: httpx.Client, path: str, id: str, body: bytes, media_type: str, key: str | None
) -> None:
    headers = {"Content-Type": media_type.encode()} if media_type else {}
    if key is not None:
        headers["Idempotency-Key"] = key.encode("latin-1")
    answer = target.post(f"/api/{path.format(quote(id, safe=''))}", content=body, headers=headers)
    assert is_promised(answer), answer.text


@QUICKLY
@given(path=GETS, id=IDS, query=QUERIES)
def test_any_query_is_answered(target: httpx.Client, path: str, id: str, query: list[tuple[str, str]]) -> None:
    answer = target.get(f"/api/{path.format(quote(id, safe=''))}", params=query)
    assert is_promised(answer), answer.text

"""Provider keys: added, never shown, listed, replaced, revoked; by admins of their own workspace only."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, problem
from tests.platform import Platform

pytestmark = pytest.mark.requirement("T6")
SECRET = "canary-sk-0123456789-x9Qa"


def name() -> str:
    return f"k{uuid.uuid4().hex[:8]}"


def added(api: httpx.Client, **fields: object) -> dict[str, str]:
    answer = api.post("/api/provider-keys/", json={"provider": "anthropic", "key": SECRET, "name": name()} | fields)
    assert answer.status_code == 201, answer.text
    assert SECRET not in answer.text
    made: dict[str, str] = answer.json()
    return made


def test_a_key_is_kept_sealed_and_shown_to_nobody(platform: Platform, api: httpx.Client) -> None:
    key = added(api)

    assert (key["last4"], key["provider"], key["workspace"], key["revoked_at"]) == (
        "x9Qa",
        "anthropic",
        "default",
        None,
    )
    assert "ciphertext" not in key and "key" not in key
    listed = api.get("/api/provider-keys/")
    assert key in listed.json()["results"] and SECRET not in listed.text
    [row] = platform.sql("SELECT row_to_json(k)::text AS text FROM agents_providerkey k WHERE id = %s", [key["id"]])
    assert SECRET not in row["text"] and SECRET.encode().hex() not in row["text"]


def test_a_name_is_taken_until_it_is_replaced_or_revoked(api: httpx.Client) -> None:
    first = added(api)
    problem(
        api.post("/api/provider-keys/", json={"provider": "openai", "key": SECRET, "name": first["name"]}),
        409,
        "conflict",
    )

    second = added(api, name=first["name"], replace=True)
    there = {each["id"]: each for each in api.get("/api/provider-keys/").json()["results"]}
    assert there[first["id"]]["revoked_at"] and not there[second["id"]]["revoked_at"]

    assert api.delete(f"/api/provider-keys/{second['id']}/").json()["revoked_at"]
    assert added(api, name=first["name"])["revoked_at"] is None


def test_only_admins_see_and_add_keys(platform: Platform, api: httpx.Client) -> None:
    key = added(api)
    for role in ("viewer", "operator", "approver"):
        client = platform.client(role)
        problem(client.get("/api/provider-keys/"), 403, "not_allowed")
        problem(client.post("/api/provider-keys/", json={"provider": "anthropic", "key": SECRET}), 403, "not_allowed")
        problem(client.delete(f"/api/provider-keys/{key['id']}/"), 403, "not_allowed")


def test_another_workspaces_key_is_not_there(api: httpx.Client, stranger: httpx.Client) -> None:
    key = added(stranger)
    problem(api.delete(f"/api/provider-keys/{key['id']}/"), 404, "not_found")
    problem(api.delete(f"/api/provider-keys/{UNKNOWN_ID}/"), 404, "not_found")
    assert key["id"] not in api.get("/api/provider-keys/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "acme"},
        {"key": ""},
        {"key": f" {SECRET}"},
        {"key": f"{SECRET}\nX-Other: header"},
        {"name": "two words"},
        {"provider": "openai-compatible"},
        {"base_url": "ftp://example.org"},
        {"base_url": f"https://user:{SECRET}@example.org/v1"},
        {"base_url": "https://example.org/v1?x=1"},
        {"colour": "red"},
    ],
)
def test_a_key_that_cannot_be_is_refused_and_not_repeated(api: httpx.Client, wrong: dict[str, str]) -> None:
    body = {"provider": "anthropic", "key": SECRET, "name": name()} | wrong
    answer = api.post("/api/provider-keys/", json=body)
    problem(answer, 400, "invalid_input")
    assert SECRET not in answer.text


def test_a_task_needs_a_key_that_it_can_use(platform: Platform) -> None:
    api = platform.client("admin", f"keys-{uuid.uuid4().hex[:8]}")
    task = {"prompt": "Do it.", "model": "openai:gpt-5.6-terra"}

    def refused(spec: dict[str, object]) -> str:
        [error] = problem(api.post("/api/tasks/", json=spec), 400, "invalid_spec")["errors"]
        assert error["code"] == "missing_provider_key"
        return str(error["message"])

    assert "no provider key for openai" in refused(task)
    added(api, provider="openai", name="first")
    added(api, provider="openai", name="second")
    assert "first" in (sentence := refused(task)) and "second" in sentence
    assert "named 'third'" in refused(task | {"model_settings": {"key": "third"}})
    accepted = api.post(
        "/api/tasks/", json=task | {"model_settings": {"key": "first"}, "not_before": "2099-01-01T00:00:00Z"}
    )
    assert accepted.status_code == 201, accepted.text

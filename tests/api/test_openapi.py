"""The API describes itself, truly and in full."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.api.work import done, parked, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1")


@pytest.fixture(scope="module")
def schema(platform: Platform) -> dict[str, Any]:
    answer = httpx.get(f"{platform.url}/api/schema/?format=json")
    found: dict[str, Any] = answer.json()
    return found


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in schema["paths"].values() for operation in path.values()]


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(schema)]
    assert len(names) == len(set(names)) > 25
    for operation in operations(schema):
        assert operation["summary"] and operation["description"] and operation["tags"]
        assert any(status.startswith("2") for status in operation["responses"])


def test_every_refusal_is_a_problem(schema: dict[str, Any]) -> None:
    for operation in operations(schema):
        if operation["operationId"] == "getSpecSchema":
            continue
        assert {"400", "401", "403", "503"} <= set(operation["responses"])
        assert "application/problem+json" in operation["responses"]["401"]["content"]


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(reference := value.get("$ref"), str):
                assert reference.removeprefix("#/components/schemas/") in schema["components"]["schemas"], reference
            for each in value.values():
                check(each)
        elif isinstance(value, list):
            for each in value:
                check(each)

    check(schema)


def shown_as(schema: dict[str, Any], name: str, value: Any) -> None:
    """Fails unless the value is what the schema of that name says, with no field more or less."""
    root = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
    errors = [f"{list(error.path)}: {error.message}" for error in Draft202012Validator(root).iter_errors(value)]
    assert not errors
    described = schema["components"]["schemas"][name]["properties"]
    assert set(described) == set(value)


def test_answers_are_what_the_schema_says(schema: dict[str, Any], api: httpx.Client) -> None:
    job = done(api)
    waiting = submitted(api, parked())
    shown_as(schema, "Job", api.get(f"/api/tasks/{job['id']}/").json())
    shown_as(schema, "Job", api.get(f"/api/tasks/{waiting['id']}/").json())
    shown_as(schema, "CancelledJob", api.post(f"/api/tasks/{waiting['id']}/cancel/").json())
    shown_as(schema, "JobPage", api.get("/api/tasks/").json())
    shown_as(schema, "SessionPage", api.get("/api/sessions/").json())
    shown_as(schema, "SessionDetail", api.get(f"/api/sessions/{job['session']['id']}/").json())
    shown_as(schema, "LogTail", api.get(f"/api/tasks/{job['id']}/logs/").json())
    shown_as(schema, "EventTail", api.get(f"/api/tasks/{job['id']}/events/").json())
    shown_as(schema, "CallPage", api.get(f"/api/tasks/{job['id']}/calls/").json())
    shown_as(schema, "WorkerPage", api.get("/api/workers/").json())
    shown_as(schema, "Queue", api.get("/api/queue/").json())
    shown_as(schema, "Me", api.get("/api/me/").json())
    shown_as(schema, "TokenPage", api.get("/api/tokens/").json())
    shown_as(schema, "Problem", api.get("/api/tasks/x/").json())


def test_the_docs_load_everything_from_here(platform: Platform) -> None:
    page = httpx.get(f"{platform.url}/api/docs/")
    assert page.status_code == 200
    assert "://" not in page.text.replace(platform.url, "").replace("https://cdn", "://")
    for source in ("swagger-ui-bundle.js", "swagger-ui.css"):
        address = next(part for part in page.text.split('"') if part.endswith(source))
        assert httpx.get(f"{platform.url}{address}").status_code == 200

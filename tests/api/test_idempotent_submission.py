"""The same Idempotency-Key makes its jobs once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.api.work import parked, problem

pytestmark = pytest.mark.requirement("J8")


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}


def test_the_same_again_answers_with_the_same_job(api: httpx.Client) -> None:
    spec, headers = parked(), keyed()
    first = api.post("/api/tasks/", json=spec, headers=headers)
    again = api.post("/api/tasks/", json=dict(reversed(spec.items())), headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert first.json()["idempotency_key"] == headers["Idempotency-Key"]
    assert api.get(f"/api/tasks/{first.json()['id']}/").json()["idempotency_key"] == headers["Idempotency-Key"]


def test_another_body_under_the_key_is_a_conflict(api: httpx.Client) -> None:
    headers = keyed()
    api.post("/api/tasks/", json=parked(), headers=headers)
    problem(api.post("/api/tasks/", json=parked(), headers=headers), 409, "idempotency_conflict")


def test_a_batch_is_repeated_as_a_whole(api: httpx.Client) -> None:
    body, headers = {"tasks": [parked(), parked(), parked()]}, keyed()
    first = api.post("/api/tasks/batch/", json=body, headers=headers)
    again = api.post("/api/tasks/batch/", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert [job["id"] for job in first.json()["results"]] == [job["id"] for job in again.json()["results"]]


def test_of_many_at_once_one_makes_the_job(api: httpx.Client) -> None:
    spec, headers = parked(), keyed()
    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(lambda _: api.post("/api/tasks/", json=spec, headers=headers), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_refused_submission_leaves_its_key_free(api: httpx.Client) -> None:
    headers = keyed()
    problem(api.post("/api/tasks/", json=parked(project="nowhere"), headers=headers), 400, "unknown_reference")
    assert api.post("/api/tasks/", json=parked(), headers=headers).status_code == 201


def test_keys_of_two_workspaces_do_not_meet(api: httpx.Client, stranger: httpx.Client) -> None:
    headers = keyed()
    ours, theirs = (
        api.post("/api/tasks/", json=parked(), headers=headers),
        stranger.post("/api/tasks/", json=parked(), headers=headers),
    )
    assert (ours.status_code, theirs.status_code) == (201, 201)


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_a_key_that_cannot_be_is_refused(api: httpx.Client, key: str) -> None:
    problem(api.post("/api/tasks/", json=parked(), headers=keyed(key)), 400, "invalid_idempotency_key")

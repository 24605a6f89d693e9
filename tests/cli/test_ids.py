"""Jobs by as much of their id as one cares to type."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Api, Run, job

pytestmark = pytest.mark.requirement("I5")
ONE = "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b"
TWIN = "0199d4c0-8f3a-7d5e-9a1b-2c3d4eff6a7b"


@pytest.fixture
def two_jobs(api: Api) -> Api:
    api.tell("GET", "/api/agent-jobs/", {"results": [job(id=ONE), job(id=TWIN)], "next": None})
    for id in (ONE, TWIN):
        api.tell("GET", f"/api/agent-jobs/{id}/", job(id=id))
    return api


@pytest.mark.parametrize("said", [ONE, ONE.upper(), "4e5f6a7b", "5f6a7b", ONE[:-1]])
def test_enough_of_an_id_names_a_job(said: str, interlock: Run, two_jobs: Api) -> None:
    assert interlock("task", "show", said, "--json").json["id"] == ONE


def test_too_little_of_it_names_those_that_it_could_be(interlock: Run, api: Api) -> None:
    api.tell("GET", "/api/agent-jobs/", {"results": [job(id=ONE), job(id=f"{ONE[:-9]}0{ONE[-8:]}")], "next": None})
    done = interlock("task", "show", "4e5f6a7b")
    assert done.code == 1
    assert ONE in done.err


def test_an_id_of_nobody_ends_with_5(interlock: Run, two_jobs: Api) -> None:
    assert interlock("task", "show", "abcdef").code == 5
    assert interlock("task", "show", "0199d4c0-0000-7000-8000-000000000000").code == 5


@pytest.mark.parametrize("said", ["abc", "nightly!", "x" * 36])
def test_what_is_no_id_is_refused(said: str, interlock: Run, two_jobs: Api) -> None:
    assert interlock("task", "show", said).code == 2
    assert two_jobs.requests == []


def test_one_id_of_several_that_is_refused_does_not_keep_the_others(interlock: Run, two_jobs: Api) -> None:
    two_jobs.refuse("POST", f"/api/tasks/{ONE}/cancel/", 409, "already_over", "The job is completed already.")
    two_jobs.tell("POST", f"/api/tasks/{TWIN}/cancel/", job(id=TWIN) | {"outcome": "never_started"})
    done = interlock("task", "cancel", ONE, "abcdef", TWIN, "--reason", "why")
    assert done.out == "4eff6a7b  Count: cancelled before it started\n"
    assert done.err.splitlines()[-1] == "The job is completed already."
    assert "abcdef" in done.err
    assert done.code == 1
    assert two_jobs.last.json == {"reason": "why"}

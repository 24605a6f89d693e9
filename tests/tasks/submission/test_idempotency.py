"""The same submission twice makes its jobs once."""

from __future__ import annotations

from typing import Any

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import InvalidInput
from tasks.idempotency import KeyUsedForSomethingElse
from tasks.models import AgentJob, IdempotencyKey
from tasks.spec import parse
from tasks.submit import Submission, submit
from tests.committing import commits
from tests.tasks.parties import Party, at_once
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("J8"), commits]

PAIR: tuple[dict[str, Any], ...] = ({"title": "a", "key": "a"}, {"title": "b", "depends_on": ["a"]})


def ids(submission: Submission) -> list[Any]:
    return [job.id for job in submission.jobs]


def count(actor: Actor) -> int:
    with tenancy.as_user(actor):
        return AgentJob.objects.count()


def test_the_same_key_and_body_give_the_same_jobs(ann: Actor) -> None:
    first = submitted(ann, *PAIR, key="once")
    again = submitted(ann, *PAIR, key="once")
    assert ids(again) == ids(first)
    assert (first.repeated, again.repeated) == (False, True)
    assert count(ann) == 2


def test_they_are_the_same_when_only_written_differently(ann: Actor) -> None:
    as_json = '{"title": "t", "command": ["true"], "limits": {"timeout": 60}, "tags": []}'
    as_yaml = "limits: {timeout: 1m}\ncommand: ['true']\ntitle: t\n"
    with tenancy.as_user(ann):
        first = submit(ann, parse(as_json), idempotency_key="once")
        again = submit(ann, parse(as_yaml), idempotency_key="once")
    assert ids(again) == ids(first)


def test_the_same_key_with_another_body_is_refused(ann: Actor) -> None:
    submitted(ann, {"title": "a"}, key="once")
    with pytest.raises(KeyUsedForSomethingElse, match="'once' was already used") as refused:
        submitted(ann, {"title": "b"}, key="once")
    assert (refused.value.status, refused.value.code) == (409, "idempotency_conflict")
    assert count(ann) == 1


def test_another_key_makes_other_jobs_and_so_does_none(ann: Actor) -> None:
    made = [submitted(ann, {"title": "a"}, key=key).jobs[0].id for key in ("one", "two", "", "")]
    assert len(set(made)) == 4


def test_each_workspace_has_its_own_keys(ann: Actor, bob: Actor) -> None:
    ours, theirs = submitted(ann, {"title": "a"}, key="once"), submitted(bob, {"title": "b"}, key="once")
    assert not theirs.repeated
    assert ids(ours) != ids(theirs)


@pytest.mark.parametrize("key", ["x" * 201, "with\nline", "with\x00nul"])
def test_a_key_that_cannot_be_one_is_refused(ann: Actor, key: str) -> None:
    with pytest.raises(InvalidInput, match="up to 200 printable characters"):
        submitted(ann, key=key)
    assert count(ann) == 0


def test_two_at_once_make_one_set_of_jobs(ann: Actor, two: list[Party]) -> None:
    for round_ in range(5):
        done = at_once(*((party, lambda n=round_: submitted(ann, *PAIR, key=f"once {n}")) for party in two))
        first, second = (each for each in done if isinstance(each, Submission))
        assert ids(first) == ids(second)
        assert sorted([first.repeated, second.repeated]) == [False, True]
        assert count(ann) == 2 * (round_ + 1)


def test_the_second_waits_for_the_first_and_gets_its_jobs(ann: Actor, two: list[Party]) -> None:
    first, second = two
    first.enter(tenancy.as_user(ann))
    made = first.do(submitted, ann, *PAIR, key="once")
    answer = second.begin(submitted, ann, *PAIR, key="once")
    second.wait_until_blocked()
    first.leave()
    assert ids(answer.result(10)) == ids(made)
    assert answer.result().repeated


def test_where_the_first_fails_the_key_is_free_for_the_second(ann: Actor, two: list[Party]) -> None:
    first, second = two
    first.enter(tenancy.as_user(ann))
    first.do(submitted, ann, {"title": "a"}, key="once")
    answer = second.begin(submitted, ann, {"title": "b"}, key="once")
    second.wait_until_blocked()
    first.fail()
    assert not answer.result(10).repeated
    with tenancy.as_user(ann):
        assert [job.title for job in AgentJob.objects.all()] == ["b"]
        assert IdempotencyKey.objects.get().jobs == ids(answer.result())


def test_a_refused_submission_does_not_use_its_key_up(ann: Actor) -> None:
    with pytest.raises(InvalidInput):
        submitted(ann, {"project": "nowhere"}, key="once")
    assert not submitted(ann, {"title": "right"}, key="once").repeated

"""What an agent remembers from job to job: sealed, in numbered revisions that stay."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import override_settings

from agents import contexts
from agents.models import Agent, ContextSnapshot, Workspace
from agents.runtimes.failure import Failure
from tasks import lifecycle, retention, transitions
from tasks.execution import checkpoints
from tasks.execution.attempt import Ending
from tasks.execution.contexts import compressed
from tasks.execution.employment import Employment, employment_of
from tasks.execution.writing import write
from tasks.models import Event
from tasks.transitions import Claim
from tests.committing import commits
from tests.tasks.agents.conftest import Staff, as_worker
from tests.tasks.desk import PERMANENT, let_lease_run_out
from tests.tasks.people import MODEL

pytestmark = [pytest.mark.requirement("W8"), commits]


def said(text: str) -> list[Any]:
    """One exchange, as Pydantic AI writes it."""
    return [
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": f"{text}?"}]},
        {"kind": "response", "parts": [{"part_kind": "text", "content": f"{text}!"}]},
    ]


def begin(claim: Claim) -> Employment:
    return as_worker(employment_of(claim))


def keep(claim: Claim, employment: Employment, *exchanges: str) -> None:
    """What the runtime does after an answer."""
    earlier = employment.earlier or {"messages": [], "revision": None}
    messages = [*earlier["messages"], *(message for text in exchanges for message in said(text))]
    kept = {"messages": messages, "began": len(earlier["messages"]), "base": earlier["revision"], "usage": {}}
    as_worker(checkpoints.keep(claim, kept))


def work(staff: Staff, text: str, **task: Any) -> None:
    claim = staff.starts(**(MODEL | {"agent": "reviewer"} | task))
    keep(claim, begin(claim), text)
    write([Ending(claim, result=text)])


def now(agent: Agent, session: UUID | None = None) -> contexts.Context:
    return contexts.load(agent, session or agent.session_id)


def test_each_completed_job_is_a_revision_from_which_the_next_one_goes_on(staff: Staff) -> None:
    agent = staff.spawns()
    work(staff, "one")
    work(staff, "two")

    assert (now(agent).revision, now(agent).messages) == (3, [*said("one"), *said("two")])
    assert contexts.load(agent, agent.session_id, 2).messages == said("one"), "earlier ones stay"
    rows = ContextSnapshot.objects.filter(agent=agent).order_by("revision")
    assert [(row.reason, row.messages) for row in rows] == [("spawned", 0), ("finished", 2), ("finished", 4)]
    assert b"two" not in bytes(rows[2].sealed)
    assert begin(staff.starts(agent="reviewer", **MODEL)).earlier["messages"] == now(agent).messages


def test_a_revision_is_an_event_of_its_job(staff: Staff) -> None:
    agent = staff.spawns()
    work(staff, "one")

    first, second = Event.objects.filter(kind="ContextRevised").order_by("id")
    assert second.data["agent"] == str(agent.id)
    assert (second.data["revision"], second.data["why"], second.data["messages"]) == (2, "finished", 2)
    assert second.job_id is not None and second.job_id != first.job_id
    assert second.actor == "worker:w-1"


def test_a_job_may_begin_a_new_conversation(staff: Staff) -> None:
    agent = staff.spawns()
    work(staff, "one")
    work(staff, "two", context="new")

    assert now(agent).messages == said("two")


def test_each_session_has_a_conversation_of_its_own(staff: Staff) -> None:
    agent = staff.spawns()
    work(staff, "here")
    claim = staff.starts(agent="reviewer", session="elsewhere", **MODEL)
    assert begin(claim).earlier == {"messages": [], "revision": 0}
    keep(claim, begin(claim), "there")
    write([Ending(claim, result="")])

    assert now(agent).messages == said("here")
    assert now(agent, claim.session_id).messages == said("there")


def test_of_two_at_the_same_time_neither_is_lost(staff: Staff) -> None:
    agent = staff.spawns()
    work(staff, "first")
    one, two = staff.starts(agent="reviewer", **MODEL), staff.starts(agent="reviewer", **MODEL)
    keep(one, begin(one), "one")
    keep(two, begin(two), "two")
    write([Ending(two, result="")])
    write([Ending(one, result="")])

    assert now(agent).messages == [*said("first"), *said("two"), *said("one")]


def test_what_failed_or_was_lost_is_no_revision(staff: Staff) -> None:
    agent = staff.spawns()
    failed, lost = staff.starts(agent="reviewer", **MODEL), staff.starts(agent="reviewer", **MODEL)
    keep(failed, begin(failed), "failed")
    keep(lost, begin(lost), "lost")
    write([Ending(failed, failure=PERMANENT)])
    let_lease_run_out(lost)

    transitions.recover_lost_leases()
    write([Ending(lost, result="too late")])

    assert now(agent).revision == 1
    assert as_worker(compressed(lost, said("late"))) is None


def test_a_compressed_conversation_is_a_revision_at_once(staff: Staff) -> None:
    agent = staff.spawns()
    claim = staff.starts(agent="reviewer", **MODEL)

    assert as_worker(compressed(claim, said("short"))) == 2

    assert now(agent).messages == said("short")
    assert ContextSnapshot.objects.get(revision=2).reason == "compressed"
    assert as_worker(compressed(staff.starts(**MODEL), said("nobody's"))) is None


def test_the_role_of_the_agent_comes_along(staff: Staff) -> None:
    agent = staff.spawns(data={"role_prompt": "You are me.", "tools": ["echo"]})

    employment = begin(staff.starts(agent="reviewer", **MODEL))

    assert employment.work == {"role": {"prompt": "You are me.", "tools": ["echo"]}}
    assert employment.earlier == {"messages": [], "revision": 1}
    assert begin(staff.starts(agent="reviewer")).work == {}, "a command has no role"
    assert agent.tools == ["echo"]


def test_another_secret_key_loses_the_conversation_and_not_the_job(staff: Staff) -> None:
    staff.spawns()
    work(staff, "one")
    claim = staff.starts(agent="reviewer", **MODEL)

    with override_settings(SECRET_KEY="another"):
        assert begin(claim).earlier == {"messages": [], "revision": 0}


class TestRecovering:
    """`recover-context` loads a context again, as a new revision."""

    def test_the_newest_one(self, staff: Staff) -> None:
        agent = staff.spawns()
        work(staff, "one")

        result = staff.performs(type="recover-context", agent="reviewer")

        assert (result["revision"], result["from_revision"], result["messages"]) == (3, 2, 2)
        assert not result["compressed"]
        assert now(agent).messages == said("one")

    def test_an_earlier_one(self, staff: Staff) -> None:
        agent = staff.spawns()
        work(staff, "one")
        work(staff, "wrong")

        assert staff.performs(type="recover-context", agent="reviewer", data={"revision": 2})["revision"] == 4
        assert now(agent).messages == said("one")

    def test_one_that_is_not_there(self, staff: Staff) -> None:
        staff.spawns()
        claim = staff.starts(type="recover-context", agent="reviewer", data={"revision": 9})
        with pytest.raises(Failure) as refused:
            lifecycle.perform(claim)
        assert refused.value.code == "no_revision"

    def test_near_the_window_it_becomes_shorter(self, staff: Staff) -> None:
        agent = staff.spawns()
        for word in ("one", "two", "three"):
            work(staff, f"{word} " * 400)
        before = now(agent).messages

        result = staff.performs(type="recover-context", agent="reviewer", data={"context_window": 1000})

        assert result["compressed"] and result["tokens"] < 1200
        text = json.dumps(now(agent).messages)
        assert "one one" in text, "the first task stays"
        assert "three three" in text, "and so does the last turn"
        assert "two two" not in text and len(text) < len(json.dumps(before))
        assert ContextSnapshot.objects.get(agent=agent, revision=result["revision"]).reason == "compressed"


@pytest.mark.requirement("O1")
def test_old_revisions_go_and_the_newest_of_each_session_stays(staff: Staff, workspace: Workspace) -> None:
    agent = staff.spawns()
    work(staff, "one")
    work(staff, "two")
    work(staff, "there", session="elsewhere")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agents_contextsnapshot SET created_at = created_at - interval '31 days'")

    retention.clean_workspace(workspace)

    left = ContextSnapshot.objects.filter(agent=agent).order_by("revision")
    assert [row.revision for row in left] == [3, 4]
    assert now(agent).messages == [*said("one"), *said("two")]


def test_what_a_job_had_compressed_before_its_worker_died_is_not_told_twice(staff: Staff) -> None:
    agent = staff.spawns()
    claim = staff.starts(agent="reviewer", **MODEL)
    keep(claim, begin(claim), "one")
    as_worker(compressed(claim, said("short")))
    write([Ending(claim, result="")])

    assert now(agent).messages == said("one")

"""`terminate-agent` stops what an agent does, and lets it do nothing more."""

from __future__ import annotations

import pytest

from agents.runtimes.failure import Failure
from tasks import lifecycle
from tasks.agents import AgentTerminated
from tasks.execution.employment import employment_of
from tasks.models import Event
from tests.committing import commits
from tests.tasks.agents.conftest import Staff, as_worker
from tests.tasks.desk import row
from tests.tasks.people import MODEL

pytestmark = pytest.mark.requirement("W8")


def test_its_jobs_stop_and_those_of_others_go_on(staff: Staff) -> None:
    agent = staff.spawns()
    running, waiting = staff.starts(agent="reviewer"), staff.submits(agent="reviewer")
    others, own = staff.submits(), staff.submits(type="spawn-agent", data={"name": "another"})

    result = staff.performs(type="terminate-agent", agent="reviewer", data={"reason": "enough"})

    assert result == {"agent": str(agent.id), "cancelled": 1, "stopping": 1}
    assert row(waiting).state == "cancelled"
    assert row(running).is_cancelling
    assert row(running).cancel_reason == "the agent reviewer was terminated: enough"
    assert {row(others).state, row(own).state} == {"queued"}
    agent.refresh_from_db()
    assert agent.terminated_at is not None and agent.role_prompt
    assert Event.objects.filter(kind="AgentTerminated", data__agent=str(agent.id)).count() == 1


@pytest.mark.parametrize("task", [{}, MODEL, {"type": "recover-context"}, {"type": "terminate-agent"}], ids=str)
def test_later_submissions_are_refused(staff: Staff, task: dict[str, str]) -> None:
    agent = staff.spawns()
    staff.performs(type="terminate-agent", agent="reviewer")

    for name in ("reviewer", str(agent.id)):
        with pytest.raises(AgentTerminated, match="'reviewer' was terminated and takes no more jobs") as refused:
            staff.submits(agent=name, **task)
        assert (refused.value.code, refused.value.status) == ("agent_terminated", 409)


def test_a_second_end_that_was_on_its_way_changes_nothing(staff: Staff) -> None:
    agent = staff.spawns()
    second = staff.starts(type="terminate-agent", agent="reviewer")
    first = staff.starts(type="terminate-agent", agent="reviewer")
    assert lifecycle.perform(first)["stopping"] == 1  # the second one itself
    agent.refresh_from_db()
    ended_at = agent.terminated_at

    lifecycle.perform(second)

    agent.refresh_from_db()
    assert agent.terminated_at == ended_at


def test_what_was_on_its_way_cannot_be_recovered(staff: Staff) -> None:
    staff.spawns()
    late = staff.starts(type="recover-context", agent="reviewer")
    lifecycle.perform(staff.starts(type="terminate-agent", agent="reviewer"))

    with pytest.raises(Failure) as refused:
        lifecycle.perform(late)
    assert refused.value.code == "agent_terminated"


@commits
def test_a_job_that_slipped_in_does_not_begin(staff: Staff) -> None:
    """A submission may read the agent before it ends and commit after that; a cancelled job may be retried."""
    staff.spawns()
    slipped = staff.starts(agent="reviewer", **MODEL)
    lifecycle.perform(staff.starts(type="terminate-agent", agent="reviewer"))

    with pytest.raises(Failure) as refused:
        as_worker(employment_of(slipped))
    assert refused.value.code == "agent_terminated"

"""An agent's state follows from its jobs, so it is true at any moment."""

from __future__ import annotations

import pytest

from agents.actor import Actor
from agents.models import Agent
from tasks import transitions
from tasks.agents import with_states
from tests.tasks.agents.conftest import Staff
from tests.tasks.desk import USAGE, complete, let_lease_run_out

pytestmark = pytest.mark.requirement("W8")


def state(agent: Agent) -> str:
    return str(with_states(Agent.objects.filter(pk=agent.pk)).get().state)


def test_it_is_busy_while_a_job_of_it_runs(staff: Staff) -> None:
    agent, other = staff.spawns(), staff.spawns("another")
    assert state(agent) == "idle"
    staff.submits(agent="reviewer")
    assert state(agent) == "idle", "what waits keeps nobody busy"
    one, two = staff.starts(agent="reviewer"), staff.starts(agent="reviewer")
    assert (state(agent), state(other)) == ("busy", "idle")
    complete(one)
    assert state(agent) == "busy"
    transitions.suspend(two, USAGE, "it waits")
    assert state(agent) == "idle"


def test_a_lost_worker_does_not_leave_it_busy(staff: Staff) -> None:
    agent = staff.spawns()
    claim = staff.starts(agent="reviewer")
    let_lease_run_out(claim)
    assert transitions.recover_lost_leases() == [claim.id]
    assert state(agent) == "idle"


def test_it_is_recovering_while_its_context_is_loaded(staff: Staff) -> None:
    agent = staff.spawns()
    staff.starts(agent="reviewer")
    claim = staff.starts(type="recover-context", agent="reviewer")
    assert state(agent) == "recovering"
    complete(claim)
    assert state(agent) == "busy"


def test_terminated_it_stays_so(staff: Staff) -> None:
    agent = staff.spawns()
    staff.starts(agent="reviewer")
    staff.performs(type="terminate-agent", agent="reviewer")
    assert state(agent) == "terminated", "though its last job is only stopping"


@pytest.mark.requirement("T2")
def test_of_several_of_one_name_that_of_the_session_is_meant(staff: Staff, ann: Actor) -> None:
    first, second = staff.spawns(session="one"), staff.spawns(session="two")

    assert staff.submits(agent="reviewer", session="one").agent_id == first.id
    assert staff.submits(agent="reviewer", session="two").agent_id == second.id
    assert staff.submits(agent=str(first.id), session="two").agent_id == first.id
    with pytest.raises(Exception, match="There are 2 agents 'reviewer' in other sessions") as refused:
        staff.submits(agent="reviewer", session="three")
    assert refused.value.code == "unknown_reference"  # type: ignore[attr-defined]


@pytest.mark.requirement("P1")
def test_its_jobs_are_of_its_type_whatever_they_say(staff: Staff) -> None:
    staff.spawns(agent_type="qa")
    assert staff.submits(agent="reviewer").agent_type == "qa"
    assert staff.submits(agent="reviewer", agent_type="devops").agent_type == "qa"
    assert staff.submits(agent_type="devops").agent_type == "devops"

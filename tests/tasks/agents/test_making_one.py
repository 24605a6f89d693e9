"""`spawn-agent` makes an agent with its role and its tools."""

from __future__ import annotations

import pytest

from agents.actor import Actor
from agents.agent_roles import built_in
from agents.agent_types import AgentType
from agents.models import AgentRole, Workspace
from agents.runtimes.failure import Failure
from agents.tools import registry
from tasks import lifecycle
from tasks.models import Event
from tasks.spec import InvalidSpec
from tests.tasks.agents.conftest import Staff
from tests.tasks.desk import Desk
from tests.tasks.people import member, new_workspace, submitted

pytestmark = pytest.mark.requirement("W8")


@pytest.mark.requirement("J1")
@pytest.mark.parametrize("type", AgentType)
def test_each_type_has_a_role_and_tools_of_its_own(staff: Staff, type: AgentType) -> None:
    agent = staff.spawns(agent_type=type.value)

    role = built_in(type)
    assert (agent.type, agent.role_prompt, agent.tools) == (type, role.prompt, list(role.tools))
    assert len(role.prompt) > 200
    assert {built_in(other).prompt for other in AgentType} >= {role.prompt} and len(AgentType) == 4
    assert all(any(c in name for c in "*?[") or name in registry.names() for name in role.tools)


def test_the_workspace_may_have_roles_of_its_own(staff: Staff, workspace: Workspace) -> None:
    AgentRole.objects.create(workspace=workspace, type="qa", prompt="Look twice.", tools=["files.read"])
    AgentRole.objects.create(workspace=new_workspace(), type="dev", prompt="Of others.", tools=[])

    qa, dev = staff.spawns("one", agent_type="qa"), staff.spawns("two", agent_type="dev")

    assert (qa.role_prompt, qa.tools) == ("Look twice.", ["files.read"])
    assert dev.role_prompt == built_in(AgentType.DEV).prompt


def test_the_job_has_the_last_word(staff: Staff) -> None:
    agent = staff.spawns(data={"role_prompt": "You are me.", "tools": ["echo", "email.*"]})

    assert (agent.role_prompt, agent.tools) == ("You are me.", ["echo", "email.*"])
    assert staff.spawns("none", data={"tools": []}).tools == []


def test_the_same_job_twice_makes_one_agent(staff: Staff) -> None:
    claim = staff.starts(type="spawn-agent", data={"name": "reviewer"})

    assert lifecycle.perform(claim) == lifecycle.perform(claim)


def test_a_name_is_free_again_when_its_agent_has_ended(staff: Staff) -> None:
    first = staff.spawns()
    with pytest.raises(Failure, match="already") as refused:
        staff.spawns()
    assert refused.value.code == "agent_exists"

    staff.performs(type="terminate-agent", agent=str(first.id))

    assert staff.spawns().id != first.id


def test_an_event_tells_of_it(staff: Staff) -> None:
    agent = staff.spawns(data={"reason": "the release"})

    event = Event.objects.get(kind="AgentSpawned")
    assert event.data == {"agent": str(agent.id), "name": "reviewer", "type": "dev"}
    assert (event.session_id, event.actor, event.reason) == (agent.session_id, "worker:w-1", "the release")


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"promt": "x"}, "data.promt"),
        ({"tools": ["files.raed"]}, "data.tools[0]"),
        ({"tools": ["nobodys.tool"]}, "data.tools[0]"),
        ({"tools": "echo"}, "data.tools"),
        ({"name": 5}, "data.name"),
    ],
    ids=lambda value: str(value),
)
def test_what_cannot_be_is_refused_at_the_door(ann: Actor, data: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        submitted(ann, {"type": "spawn-agent", "data": data})
    assert refused.value.details[0].path.endswith(path)


def test_another_workspace_may_have_one_of_the_same_name(staff: Staff, desk: Desk) -> None:
    other = Staff(member(new_workspace()), desk)

    assert staff.spawns().id != other.spawns().id

"""The agents of a workspace: what each is doing, which follows from its jobs, and which one a spec means."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextField, Value, When

from agents.errors import Conflict
from agents.models import Agent, Session
from tasks.models import AgentJob
from tasks.spec.choices import JobType
from tasks.spec.fields import is_job_id
from tasks.states import State
from tasks.unknown import UnknownPlace


class AgentState(StrEnum):
    """`terminated` is for good; `recovering` and `busy` are as long as a job of that kind runs."""

    IDLE = "idle"
    BUSY = "busy"
    RECOVERING = "recovering"
    TERMINATED = "terminated"


class AgentTerminated(Conflict):
    code: ClassVar[str] = "agent_terminated"
    title: ClassVar[str] = "The agent was terminated"


def with_states(agents: QuerySet[Agent]) -> QuerySet[Agent]:
    """Each with its `state`. Nothing writes it, so it is true at any moment: the running jobs are asked."""
    running = AgentJob.objects.filter(agent=OuterRef("pk"), state=State.RUNNING)
    return agents.annotate(
        state=Case(
            When(terminated_at__isnull=False, then=Value(AgentState.TERMINATED.value)),
            When(Exists(running.filter(type=JobType.RECOVER_CONTEXT)), then=Value(AgentState.RECOVERING.value)),
            When(Exists(running), then=Value(AgentState.BUSY.value)),
            default=Value(AgentState.IDLE.value),
            output_field=TextField(),
        )
    )


class Agents:
    """Those that the specs of one submission name, by id or name."""

    def __init__(self, workspace_id: UUID, names: set[str]) -> None:
        self._rows: list[Agent] = []
        if names:
            ids = [UUID(name) for name in names if is_job_id(name)]
            rows = Agent.objects.in_workspace(workspace_id).filter(Q(name__in=names) | Q(pk__in=ids))
            self._rows = list(rows.order_by("-created_at"))

    def find(self, said: str | None, session: Session) -> Agent | None:
        """The one that a job of this session means: that of its session before others of the same name, and one that
        lives before those that were terminated. Raises AgentTerminated, and UnknownPlace for none or several."""
        if not said:
            return None
        called = [row for row in self._rows if said in (row.name, str(row.pk))]
        alive = [row for row in called if row.terminated_at is None]
        if not called:
            raise UnknownPlace.at(
                "agent", f"There is no agent {said!r} in this workspace; make it first or correct the name."
            )
        if not alive:
            raise terminated(called[0])
        mine = [row for row in alive if row.session_id == session.pk] or alive
        if len(mine) > 1:
            raise UnknownPlace.at(
                "agent", f"There are {len(mine)} agents {said!r} in other sessions; name one by its id."
            )
        return mine[0]


NOBODYS = Agents(UUID(int=0), set())


def terminated(agent: Agent) -> AgentTerminated:
    return AgentTerminated(f"The agent {agent.name!r} was terminated and takes no more jobs; spawn another one.")


def open_jobs(agent: Agent) -> dict[str, int]:
    """How many open jobs it has in each state; states without one are left out."""
    jobs = AgentJob.objects.in_workspace(agent.workspace_id).filter(agent=agent).open()
    return {state: count for state, count in jobs.counts_by_state().items() if count}

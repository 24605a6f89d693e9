"""Jobs handed out, run and ended step by step, as dispatcher and workers do it, without their processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from agents.runtimes.failure import crashed, permanent, timed_out, transient
from agents.sandbox.base import Usage
from tasks import transitions
from tasks.dispatcher.leadership import Leadership
from tasks.models import AgentJob, Attempt, Event
from tasks.transitions import Claim, Completed, HandedOff, HandOff

USAGE = Usage(cpu_seconds=0.5, max_rss_mb=12.0)
TRANSIENT = transient("flaky", "It did not work this time.")
PERMANENT = permanent("wrong", "It will never work.")
TIMED_OUT = timed_out("timed_out", "It took too long.")
CRASHED = crashed("process_died", "Its process died.")


class Desk:
    """Leads, hands jobs to workers and claims them as those workers."""

    def __init__(self) -> None:
        self.leadership = Leadership()

    def hand(self, *jobs: AgentJob, to: str = "w-1") -> list[HandedOff]:
        """Hand them off as one run."""
        run, plain = jobs[0].id, not jobs[0].requires
        starts = [HandOff(job.id, row(job).epoch, to, run, 1.0, 1, job.session_id, plain) for job in jobs]
        return transitions.hand_off(starts, **self.leading)

    def recall(self, *jobs: AgentJob) -> list[UUID]:
        return [each.job for each in transitions.recall_hand_offs(jobs=[job.id for job in jobs], **self.leading)]

    @property
    def leading(self) -> dict[str, Any]:
        """What proves that we lead, now."""
        assert self.leadership.campaign(), "somebody else leads"
        return {"leader": self.leadership.holder, "term": self.leadership.term}

    def start(self, *jobs: AgentJob, on: str = "w-1") -> list[Claim]:
        """Hand them off and claim them."""
        return claim(self.hand(*jobs, to=on))

    def start_one(self, job: AgentJob, on: str = "w-1") -> Claim:
        [started] = self.start(job, on=on)
        return started


def claim(handed: Sequence[HandedOff], worker: str | None = None) -> list[Claim]:
    """Claim what was handed off, as the worker that it was meant for or as another."""
    return transitions.claim([(each.job, each.epoch) for each in handed], worker or handed[0].worker)


def complete(*claims: Claim, result: Any = "done") -> int:
    return transitions.complete([Completed(each, result, USAGE, seconds=0.1) for each in claims])


def row(job: AgentJob | Claim) -> AgentJob:
    """The job as it is now."""
    return AgentJob.objects.get(pk=job.id)


def attempts(job: AgentJob | Claim) -> list[Attempt]:
    return list(Attempt.objects.filter(job_id=job.id).order_by("number"))


def last_event(job: AgentJob | Claim) -> Event:
    return Event.objects.filter(job_id=job.id).latest("id")


def kinds(job: AgentJob | Claim) -> list[str]:
    """The kinds of its events, in their order."""
    return list(Event.objects.filter(job_id=job.id).order_by("id").values_list("kind", flat=True))


def let_hand_off_run_out(*jobs: AgentJob) -> None:
    _turn_back("handed_until", jobs)


def let_lease_run_out(*jobs: AgentJob | Claim) -> None:
    _turn_back("lease_until", jobs)


def _turn_back(column: str, jobs: Sequence[AgentJob | Claim]) -> None:
    """Time does not pass in these tests: what it would end has ended already."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tasks_agentjob SET {column} = clock_timestamp() - interval '1 ms' "
            f"WHERE id = ANY(%s) AND {column} IS NOT NULL",
            [[job.id for job in jobs]],
        )

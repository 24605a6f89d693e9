"""A notification tells of a single job, so that its row need not be read first; the row has the last word."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from agents.actor import Actor
from tasks.dispatcher.loop import Dispatcher
from tasks.models import AgentJob
from tasks.scheduling.values import Waiting
from tests.committing import commits
from tests.tasks.desk import row
from tests.tasks.dispatcher.stand_in import StandIn
from tests.tasks.dispatcher.test_free_slots_only import step
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q2"), pytest.mark.requirement("Q12"), commits]

DEMANDING = {"session": "known", "limits": {"memory_mb": 999_999}}


@pytest.fixture
def known(ann: Actor, stepped: Dispatcher, worker: Callable[..., StandIn]) -> UUID:
    """A session that the leading dispatcher has read; there is a free slot."""
    step(stepped)
    worker(slots=2)
    [job] = submitted(ann, {"session": "known"}).jobs
    step(stepped)
    return job.session_id


def believe(stepped: Dispatcher, job: AgentJob, session: UUID) -> None:
    """The dispatcher is told this of the job, and nothing else."""
    stepped.bell.wait(0)
    stepped.bell.came()
    stepped.bell.sessions()
    assert stepped.state is not None
    assert stepped.leadership.term is not None
    stepped.state.arrive([Waiting(job.id, job.workspace_id, session)])
    stepped._dispatch(stepped.state, stepped.leadership.term)


def test_what_is_true_starts_at_once(ann: Actor, stepped: Dispatcher, known: UUID) -> None:
    [job] = submitted(ann, {"session": "known"}).jobs
    believe(stepped, job, known)
    assert row(job).handed_to


def test_another_sessions_job_does_not_start_in_this_ones_name(ann: Actor, stepped: Dispatcher, known: UUID) -> None:
    [job] = submitted(ann, {"session": "other"}).jobs
    believe(stepped, job, known)
    assert not row(job).handed_to
    step(stepped)
    assert row(job).handed_to, "the events tell where it belongs"


def test_requirements_are_not_kept_quiet(ann: Actor, stepped: Dispatcher, known: UUID) -> None:
    [job] = submitted(ann, DEMANDING).jobs
    believe(stepped, job, known)
    step(stepped)
    assert not row(job).handed_to

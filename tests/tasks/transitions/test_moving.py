"""Waiting jobs in another place: within the session, among sessions, before everything; and back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import InterlockError, InvalidInput, NotAllowed, NotFound
from agents.models import Workspace
from agents.roles import Role
from tasks.models import AgentJob, QueueChange
from tasks.operations.move import (
    AnotherPriority,
    End,
    NoFixedPlace,
    PassesDependency,
    Scope,
    Where,
    move,
    override,
)
from tasks.operations.priority import NotWaiting
from tasks.operations.undo import UndoneAlready, undo
from tasks.scheduling import snapshot
from tests.committing import commits
from tests.tasks.desk import Desk, complete, kinds, last_event, row
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("Q7"), commits]


@pytest.fixture
def jobs(ann: Actor) -> list[AgentJob]:
    return submitted(ann, *({"title": f"job {number}", "session": "line"} for number in range(6))).jobs


def line(of: AgentJob) -> list[str]:
    """The titles of a session's queued jobs, as the dispatcher reads them."""
    waiting = snapshot.read_heads([of.session_id])[of.session_id].waiting
    titles = dict(AgentJob.objects.filter(pk__in=[job.id for job in waiting]).values_list("pk", "title"))
    return [titles[job.id].removeprefix("job ") for job in waiting]


def moved(actor: Actor, jobs: Sequence[AgentJob], where: Where, reason: str = "") -> QueueChange:
    with tenancy.as_user(actor):
        return move(actor, [job.id for job in jobs], where, reason)


def undone(actor: Actor, change: UUID) -> int:
    with tenancy.as_user(actor):
        return undo(actor, change)[1]


def refused(error: type[InterlockError], actor: Actor, jobs: Sequence[AgentJob], where: Where) -> str:
    before = {job.id: row(job).rank for job in jobs}
    with pytest.raises(error) as raised:
        moved(actor, jobs, where)
    assert {job.id: row(job).rank for job in jobs} == before
    return raised.value.message


def test_before_and_after_another(ann: Actor, jobs: list[AgentJob]) -> None:
    moved(ann, [jobs[4]], Where(before=jobs[1].id))
    assert line(jobs[0]) == list("041235")
    moved(ann, [jobs[0]], Where(after=jobs[2].id))
    assert line(jobs[0]) == list("412035")


def test_to_the_front_and_to_the_back_of_its_priority(ann: Actor, jobs: list[AgentJob]) -> None:
    urgent = submitted(ann, {"title": "job u", "session": "line", "priority": "P0"}).jobs[0]
    moved(ann, [jobs[3]], Where(to=End.FRONT))
    moved(ann, [jobs[0]], Where(to=End.BACK))
    assert line(urgent) == list("u312450")


def test_a_batch_keeps_its_own_order(ann: Actor, jobs: list[AgentJob]) -> None:
    moved(ann, [jobs[5], jobs[3], jobs[4]], Where(before=jobs[1].id))
    assert line(jobs[0]) == list("034512")


def test_again_and_again_into_the_same_gap(ann: Actor, jobs: list[AgentJob]) -> None:
    for number in range(40):
        moved(ann, [jobs[2 + number % 2]], Where(after=jobs[0].id))
    assert line(jobs[0]) == list("032145")


def test_the_event_tells_who_and_why(ann: Actor, jobs: list[AgentJob]) -> None:
    moved(ann, [jobs[4]], Where(to=End.FRONT), "the customer waits")
    event = last_event(jobs[4])
    assert (event.kind, event.actor, event.reason) == ("TaskReordered", ann.name, "the customer waits")
    assert "TaskReordered" not in kinds(jobs[0])


def test_undo_gives_the_places_back_once(ann: Actor, jobs: list[AgentJob]) -> None:
    change = moved(ann, [jobs[5], jobs[4]], Where(to=End.FRONT))
    assert line(jobs[0]) == list("450123")
    assert undone(ann, change.id) == 2
    assert line(jobs[0]) == list("012345")
    with pytest.raises(UndoneAlready):
        undone(ann, change.id)


def test_undo_leaves_what_was_moved_again(ann: Actor, jobs: list[AgentJob]) -> None:
    change = moved(ann, [jobs[5], jobs[4]], Where(to=End.FRONT))
    moved(ann, [jobs[5]], Where(before=jobs[2].id))
    assert undone(ann, change.id) == 1
    assert line(jobs[0]) == list("015234")


def test_no_job_passes_what_it_depends_on(ann: Actor) -> None:
    first, other, then = submitted(
        ann,
        {"title": "Build", "key": "a", "session": "s"},
        {"title": "Other", "session": "s"},
        {"title": "Deploy", "key": "b", "session": "s", "depends_on": ["a"]},
    ).jobs
    said = refused(PassesDependency, ann, [then], Where(before=first.id))
    assert "“Deploy” waits for “Build”" in said
    refused(PassesDependency, ann, [first], Where(after=then.id))
    refused(PassesDependency, ann, [then], Where(to=End.FRONT))
    moved(ann, [then], Where(before=other.id))
    moved(ann, [first, then], Where(to=End.BACK))  # together they keep their order
    assert row(other).rank < row(first).rank < row(then).rank


def test_only_among_those_of_its_own_priority(ann: Actor, jobs: list[AgentJob]) -> None:
    low = submitted(ann, {"session": "line", "priority": "low"}).jobs[0]
    assert "Change its priority first" in refused(AnotherPriority, ann, [low], Where(before=jobs[0].id))
    refused(AnotherPriority, ann, [low, jobs[0]], Where(to=End.FRONT, scope=Scope.QUEUE))


def test_what_has_left_the_queue_cannot_be_moved(ann: Actor, jobs: list[AgentJob], desk: Desk) -> None:
    [handed] = desk.hand(jobs[0])
    assert "on its way" in refused(NotWaiting, ann, [jobs[0]], Where(to=End.BACK))
    refused(NotWaiting, ann, [jobs[1]], Where(after=handed.job))
    complete(desk.start_one(jobs[2]))
    assert "completed" in refused(NotWaiting, ann, [jobs[2]], Where(to=End.BACK))


def test_what_makes_no_sense_is_said(ann: Actor, jobs: list[AgentJob]) -> None:
    for wrong in ({}, {"before": jobs[0].id, "to": End.FRONT}):
        with pytest.raises(InvalidInput):
            Where(**wrong)
    refused(InvalidInput, ann, [jobs[0]], Where(before=jobs[0].id))
    refused(NotFound, ann, [jobs[0]], Where(before=uuid4()))
    other = submitted(ann, {"session": "another"}).jobs[0]
    refused(InvalidInput, ann, [other], Where(before=jobs[0].id, scope=Scope.SESSION))


def test_only_operators_of_the_workspace(jobs: list[AgentJob], workspace: Workspace) -> None:
    refused(NotAllowed, member(workspace, role=Role.VIEWER), jobs[:1], Where(to=End.BACK))
    refused(NotFound, member(new_workspace()), jobs[:1], Where(to=End.BACK))


# Ahead of other sessions


def pins(*jobs: AgentJob) -> list[float | None]:
    return [row(job).pinned for job in jobs]


def test_past_another_sessions_card_it_is_pinned_and_first_in_its_own(ann: Actor, jobs: list[AgentJob]) -> None:
    others = submitted(ann, *({"title": f"job {name}", "session": "other"} for name in "ab")).jobs
    moved(ann, [others[1]], Where(before=jobs[0].id))
    assert line(others[0]) == list("ba")
    assert row(others[1]).pinned is not None
    moved(ann, [jobs[3]], Where(before=others[1].id))
    moved(ann, [jobs[4]], Where(after=others[1].id, scope=Scope.QUEUE))
    moved(ann, [jobs[5]], Where(to=End.FRONT, scope=Scope.QUEUE))
    order = [jobs[5], jobs[3], others[1], jobs[4]]
    assert pins(*order) == sorted(pins(*order))  # type: ignore[type-var]


def test_after_what_is_not_pinned_is_no_fixed_place(ann: Actor, jobs: list[AgentJob]) -> None:
    other = submitted(ann, {"session": "other"}).jobs[0]
    assert "fair share" in refused(NoFixedPlace, ann, [other], Where(after=jobs[0].id))


def test_the_back_takes_the_pin_away_and_so_does_undo(ann: Actor, jobs: list[AgentJob]) -> None:
    change = moved(ann, jobs[2:3], Where(to=End.FRONT, scope=Scope.QUEUE))
    moved(ann, jobs[2:3], Where(to=End.BACK, scope=Scope.QUEUE))
    assert (pins(jobs[2]), line(jobs[0])) == ([None], list("013452"))
    change = moved(ann, jobs[4:5], Where(to=End.FRONT, scope=Scope.QUEUE))
    undone(ann, change.id)
    assert (pins(jobs[4]), line(jobs[0])) == ([None], list("013452"))


# Before everything


@pytest.fixture
def root(workspace: Workspace) -> Actor:
    return Actor("user", "1", "root", {workspace.id: Role.ADMIN}, platform_admin=True)


@pytest.mark.requirement("Q8")
def test_an_admins_override_comes_first_and_can_be_undone(ann: Actor, root: Actor, jobs: list[AgentJob]) -> None:
    with tenancy.as_user(root):
        change = override(root, [jobs[3].id], "production is down")
        later = override(root, [jobs[1].id], "and this")
    assert line(jobs[0]) == list("310245")
    assert row(jobs[3]).override is not None
    assert (last_event(jobs[3]).data["overridden"], last_event(jobs[3]).reason) == (True, "production is down")
    refused(NoFixedPlace, ann, jobs[:1], Where(before=jobs[3].id))
    moved(ann, jobs[5:6], Where(to=End.FRONT))
    assert line(jobs[0]) == list("315024")
    with pytest.raises(NotAllowed):
        undone(ann, change.id)
    undone(root, later.id)
    undone(root, change.id)
    assert line(jobs[0]) == list("501234")


@pytest.mark.requirement("Q8")
def test_only_a_platform_admin_with_a_reason(ann: Actor, root: Actor, jobs: list[AgentJob]) -> None:
    with tenancy.as_user(ann), pytest.raises(NotAllowed):
        override(ann, [jobs[0].id], "please")
    with tenancy.as_user(root), pytest.raises(InvalidInput):
        override(root, [jobs[0].id], " ")
    assert row(jobs[0]).override is None

"""A job and all that it submits live on one budget: given at a start, given back at an end, once, whatever ends it."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from agents import tenancy
from agents.actor import Actor
from agents.errors import InterlockError
from agents.runtimes.base import Budget
from tasks import explain, transitions
from tasks.children import budgets, settling
from tasks.execution.attempt import Ending
from tasks.execution.offspring import Offspring
from tasks.execution.writing import write
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.transitions import Claim
from tests.committing import commits
from tests.tasks.agents.conftest import as_worker
from tests.tasks.children.conftest import MODEL, Family, states, uses
from tests.tasks.desk import PERMANENT, TRANSIENT, complete, let_lease_run_out, row

pytestmark = [pytest.mark.requirement("J11"), pytest.mark.requirement("J5"), commits]


def asking(tokens: int, **more: Any) -> dict[str, Any]:
    return {**MODEL, "limits": {"tokens": tokens, **more}}


@pytest.fixture
def family(ann: Actor) -> Family:
    """Of a job that may use ten thousand tokens."""
    return Family(ann, limits={"tokens": 10_000})


def test_as_many_start_as_the_budget_suffices_for(family: Family) -> None:
    jobs = family.submit(*[asking(4000)] * 5)
    assert states(jobs) == ["blocked"] * 5

    family.settles(*jobs)
    assert states(jobs) == ["queued", "queued", "blocked", "blocked", "blocked"]

    family.ends(jobs[0], spent=1000)
    assert states(jobs) == ["completed", "queued", "queued", "blocked", "blocked"]


@pytest.mark.requirement("Q6")
def test_the_others_say_what_they_wait_for(family: Family, ann: Actor) -> None:
    jobs = family.submit(*[asking(4000)] * 3)
    family.settles(*jobs)

    with tenancy.as_user(ann):
        reason = explain.waiting_for([row(jobs[2])])[jobs[2].id]

    assert (reason.code, reason.limit, reason.used) == ("budget", 10_000, 8000)
    said = "waits for budget: it may use 4,000 tokens, and 2,000 tokens of “Do it.” are left until others end"
    assert reason.sentence == said


def test_who_asks_for_nothing_gets_an_equal_part_and_one_stays_with_the_parent(family: Family) -> None:
    jobs = family.submit(MODEL, MODEL, asking(2500), MODEL, MODEL)

    assert [row(job).token_budget for job in jobs] == [1500, 1500, 2500, 1500, 1500]


def test_dollars_are_shared_in_the_same_way(ann: Actor) -> None:
    family = Family(ann, limits={"cost": 1.0})
    jobs = family.submit(asking(100, cost=0.4), asking(100), asking(100))
    assert [row(job).cost_budget for job in jobs] == [Decimal("0.4"), Decimal("0.2"), Decimal("0.2")]
    family.settles(*jobs)

    uses(family.starts(jobs[0]), 10, cost=Decimal("0.35"))

    assert budgets.left(family.parent.id).cost == Decimal("0.2")


def test_more_than_there_is_is_refused(family: Family) -> None:
    uses(family.claim, 3000)

    with pytest.raises(InterlockError, match="7,000 tokens are left") as refused:
        family.submit(asking(7001))

    assert refused.value.code == "over_budget"
    assert AgentJob.objects.count() == 1


def test_one_that_can_never_get_its_part_fails(family: Family) -> None:
    [greedy, late] = family.submit(asking(6000), asking(6000))
    family.settles(greedy, late)

    family.ends(greedy, spent=5000)

    assert states([late]) == ["failed"]
    assert row(late).error_code == "over_budget"
    assert row(late).error_message == "It may use up to 6,000 tokens, and of its parent's budget 5,000 tokens are left."


def test_what_calls_no_model_takes_nothing(family: Family) -> None:
    [command, plan] = family.submit({"command": ["true"]}, {"tool": "echo", "args": {"text": "x"}})

    assert states([command, plan]) == ["queued", "queued"]
    assert budgets.left(family.parent.id).tokens == 10_000


def test_grandchildren_live_on_the_same_budget(family: Family) -> None:
    [child] = family.submit(asking(6000))
    family.settles(child)
    below = Family.__new__(Family)
    below.ann, below.desk, below.parent, below.claim = family.ann, family.desk, child, family.starts(child)

    with pytest.raises(InterlockError, match="6,000 tokens are left"):
        below.submit(asking(6001))
    [grandchild] = below.submit(asking(5000))
    below.suspends()
    below.settles(grandchild)
    assert budgets.left(family.parent.id).tokens == 4000, "while its child runs it holds all that it may use"
    below.ends(grandchild, spent=4500)
    assert row(child).state == "queued"
    complete(below.goes_on())

    assert budgets.left(family.parent.id).tokens == 5500


def test_the_parent_may_use_what_its_children_leave(family: Family) -> None:
    uses(family.claim, 1000)
    [child] = family.submit(asking(4000), wait=False)
    limits = Budget(tokens=10_000, turns=5)
    assert allowed(family.claim, limits) == Budget(tokens=10_000, turns=5), "it has not begun"
    family.settles(child)
    assert allowed(family.claim, limits).tokens == 6000

    family.ends(child, spent=500)

    assert allowed(family.claim, limits).tokens == 9500


def test_who_is_alone_is_left_alone(family: Family) -> None:
    limits = Budget(tokens=123)

    assert allowed(family.claim, limits) is limits


def test_one_that_waits_for_a_person_gives_its_part_back_and_gets_it_again(family: Family, ann: Actor) -> None:
    first, second = family.submit(asking(8000), asking(8000))
    family.settles(first)
    claim = family.starts(first)
    uses(claim, 1000)
    family.suspends(claim)
    assert budgets.left(family.parent.id).tokens == 9000
    family.settles(first)
    assert states([first, second]) == ["queued", "blocked"], "nothing asks, so it goes on before one that has not begun"


@pytest.mark.parametrize(
    "end",
    [
        lambda claim, ann: complete(claim),
        lambda claim, ann: write([Ending(claim, failure=PERMANENT)]),
        lambda claim, ann: transitions.stop(claim, Ending(claim).usage, "cancelled"),
    ],
    ids=["completed", "failed", "cancelled"],
)
def test_every_end_gives_back_what_was_not_used_once(family: Family, ann: Actor, end: Any) -> None:
    [child] = family.submit(asking(8000))
    family.settles(child)
    claim = family.starts(child)
    uses(claim, 100)
    assert budgets.left(family.parent.id).tokens == 2000

    end(claim, ann)
    end_again = complete(claim)

    assert not end_again
    assert budgets.left(family.parent.id).tokens == 9900


def test_a_retry_and_a_lost_lease_hold_it(family: Family) -> None:
    retried, lost = family.submit(asking(4000), asking(4000))
    family.settles(retried, lost)
    write([Ending(family.starts(retried), failure=TRANSIENT)])
    let_lease_run_out(family.starts(lost))
    transitions.recover_lost_leases()

    assert states([retried, lost]) == ["queued", "queued"]
    assert budgets.left(family.parent.id).tokens == 2000


def test_one_that_nobody_started_gives_all_of_it_back(family: Family, ann: Actor) -> None:
    [child] = family.submit(asking(8000))
    family.settles(child)

    with tenancy.as_user(ann):
        cancel(ann, child.id)

    assert budgets.left(family.parent.id).tokens == 10_000


@pytest.mark.parametrize("seed", range(4))
def test_five_children_never_overspend_one_ceiling_together(family: Family, seed: int) -> None:
    """Five workers and two dispatchers that both believe they lead, at once, on the database: whatever comes first, what
    has been used and what is held never is more than the limit."""
    dice = random.Random(seed)
    limits = [dice.randrange(1500, 6000) for _ in range(5)]
    jobs = family.submit(*[asking(each) for each in limits])
    used: dict[Any, int] = {}
    lock, most = threading.Lock(), []
    over = threading.Event()

    def lead() -> None:
        while not over.is_set():
            settling.settle()
            most.append(spent_and_held(family))
        connections.close_all()

    def work(job: AgentJob, limit: int) -> None:
        while (state := row(job).state) not in ("failed", "completed"):
            if state == "queued":
                with lock:
                    claim = family.starts(job)
                tokens = dice.randrange(limit + 1)
                used[job.id] = tokens
                uses(claim, tokens)
                assert complete(claim) == 1
        connections.close_all()

    with ThreadPoolExecutor(7) as pool:
        leaders = [pool.submit(lead) for _ in range(2)]
        workers = [pool.submit(work, job, limit) for job, limit in zip(jobs, limits, strict=True)]
        try:
            for each in workers:
                each.result(timeout=60)
        finally:
            over.set()
        for each in leaders:
            each.result()

    assert max(most) <= 10_000
    assert sum(used.values()) == 10_000 - budgets.left(family.parent.id).tokens <= 10_000
    assert used, "one at least ran"


def spent_and_held(family: Family) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tokens FROM tasks_spent(%s)", [family.parent.id])
        return int(cursor.fetchone()[0])


def allowed(claim: Claim, limits: Budget) -> Budget:
    return as_worker(Offspring(claim).allowed(limits))

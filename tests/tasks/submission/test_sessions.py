"""Sessions: made when a task names a new one, closed for good, whoever comes at the same time."""

from __future__ import annotations

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.models import Session
from tasks import sessions
from tasks.models import AgentJob
from tasks.places import SessionClosed
from tasks.states import OPEN
from tasks.submit import Submission
from tests.committing import commits
from tests.tasks.parties import Party, at_once
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("J10"), commits]


def names(actor: Actor) -> list[str]:
    with tenancy.as_user(actor):
        return sorted(Session.objects.for_user(actor).values_list("name", flat=True))


def close(actor: Actor, name: str, mode: str = "drain") -> Session:
    with tenancy.as_user(actor):
        return sessions.close(actor, Session.objects.get(name=name).id, mode)


def open_jobs(actor: Actor) -> int:
    with tenancy.as_user(actor):
        return AgentJob.objects.for_user(actor).in_state(*OPEN).count()


class TestOnDemand:
    def test_a_new_name_makes_a_session(self, ann: Actor) -> None:
        [job] = submitted(ann, {"session": "nightly"}).jobs
        with tenancy.as_user(ann):
            session = Session.objects.get()
        assert (session.name, session.opened_by, job.session_id) == ("nightly", "user:ann", session.id)

    def test_a_known_name_is_that_session(self, ann: Actor) -> None:
        first, second = (submitted(ann, {"session": "nightly"}).jobs[0] for _ in range(2))
        assert first.session_id == second.session_id

    def test_each_workspace_has_its_own_names(self, ann: Actor, bob: Actor) -> None:
        ours, theirs = (submitted(actor, {"session": "nightly"}).jobs[0] for actor in (ann, bob))
        assert ours.session_id != theirs.session_id

    def test_two_submitters_at_once_share_the_session_that_both_name(self, ann: Actor, two: list[Party]) -> None:
        first, second = two
        first.enter(tenancy.as_user(ann))
        made = first.do(submitted, ann, {"session": "nightly"})
        other = second.begin(submitted, ann, {"session": "nightly"})
        second.wait_until_blocked()
        first.leave()
        assert other.result(10).jobs[0].session_id == made.jobs[0].session_id
        assert names(ann) == ["nightly"]

    def test_where_the_first_of_two_fails_the_second_makes_it(self, ann: Actor, two: list[Party]) -> None:
        first, second = two
        first.enter(tenancy.as_user(ann))
        first.do(submitted, ann, {"session": "nightly"})
        other = second.begin(submitted, ann, {"session": "nightly"})
        second.wait_until_blocked()
        first.fail()
        assert other.result(10).jobs
        assert names(ann) == ["nightly"]

    def test_two_that_name_many_in_opposite_orders_do_not_stop_each_other(self, ann: Actor, two: list[Party]) -> None:
        for round_ in range(5):
            wanted = [f"{round_}-{n}" for n in range(20)]
            done = at_once(
                *(
                    (party, lambda order=order: submitted(ann, *({"session": name} for name in order)))
                    for party, order in zip(two, (wanted, wanted[::-1]), strict=True)
                )
            )
            assert all(isinstance(each, Submission) for each in done), done
        assert len(names(ann)) == 100


class TestClosed:
    @pytest.mark.parametrize("mode", ["drain", "cancel"])
    def test_a_closed_session_refuses_submissions(self, ann: Actor, mode: str) -> None:
        submitted(ann, {"session": "nightly"})
        close(ann, "nightly", mode)
        with pytest.raises(SessionClosed, match="The session 'nightly' is closed") as refused:
            submitted(ann, {"session": "another"}, {"session": "nightly"})
        assert (refused.value.status, refused.value.code) == (409, "session_closed")
        assert names(ann) == ["nightly"]

    def test_drain_lets_its_jobs_be_and_cancel_cancels_them(self, ann: Actor) -> None:
        submitted(ann, {"session": "one"}, {"session": "one"}, {"session": "two"}, {"session": "two"})
        close(ann, "one", "drain")
        assert open_jobs(ann) == 4
        close(ann, "two", "cancel")
        assert open_jobs(ann) == 2

    def test_closing_again_cancels_what_drained(self, ann: Actor) -> None:
        submitted(ann, {"session": "one"})
        first, again = close(ann, "one", "drain"), close(ann, "one", "cancel")
        assert first.closed_at == again.closed_at
        assert open_jobs(ann) == 0

    @pytest.mark.parametrize("mode", ["drain", "cancel"])
    def test_a_submission_that_comes_while_it_closes_is_refused(self, ann: Actor, two: list[Party], mode: str) -> None:
        closer, submitter = two
        submitted(ann, {"session": "nightly"})
        closer.enter(tenancy.as_user(ann))
        closer.do(close, ann, "nightly", mode)
        late = submitter.begin(submitted, ann, {"session": "nightly"})
        submitter.wait_until_blocked()
        closer.leave()
        with pytest.raises(SessionClosed):
            late.result(10)

    def test_a_close_that_comes_while_a_job_is_submitted_cancels_that_job_too(
        self, ann: Actor, two: list[Party]
    ) -> None:
        submitter, closer = two
        submitted(ann, {"session": "nightly"})
        submitter.enter(tenancy.as_user(ann))
        submitter.do(submitted, ann, {"session": "nightly"})
        closing = closer.begin(close, ann, "nightly", "cancel")
        closer.wait_until_blocked()
        submitter.leave()
        assert closing.result(10).closed_at is not None
        assert open_jobs(ann) == 0

    def test_a_close_that_fails_leaves_it_open(self, ann: Actor, two: list[Party]) -> None:
        closer, _ = two
        submitted(ann, {"session": "nightly"})
        closer.enter(tenancy.as_user(ann))
        closer.do(close, ann, "nightly")
        closer.fail()
        assert submitted(ann, {"session": "nightly"}).jobs

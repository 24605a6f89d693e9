"""One notification a submission wakes the dispatcher, when the jobs are there to be seen and not before."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from agents import tenancy
from agents.actor import Actor
from agents.models import Workspace
from tasks.notify import CHANNEL, MOST_NAMED
from tests.committing import commits
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("Q12"), commits]


@pytest.fixture
def ear(workspace: Workspace) -> Iterator[psycopg.Connection]:
    parameters = connection.settings_dict
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    with psycopg.connect(**{name: parameters[key] for key, name in names.items()}, autocommit=True) as listening:
        listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        yield listening


def heard(ear: psycopg.Connection) -> list[set[str]]:
    ear.execute("SELECT 1")  # what came before this answer is there now
    return [set(re.split(r'[\s",:{}]+', each.payload)) for each in ear.notifies(timeout=0)]


def test_one_submission_is_one_notification_that_names_its_sessions(ann: Actor, ear: psycopg.Connection) -> None:
    made = submitted(ann, {"session": "one"}, {"session": "one"}, {"session": "two"})
    assert heard(ear) == [{str(job.session_id) for job in made.jobs}]


def test_it_comes_with_the_commit(ann: Actor, ear: psycopg.Connection) -> None:
    with tenancy.as_user(ann):
        made = submitted(ann)
        assert heard(ear) == []
    [told] = heard(ear)
    assert {str(made.jobs[0].id), str(made.jobs[0].session_id)} <= told


def test_a_submission_that_repeats_an_earlier_one_wakes_nobody(ann: Actor, ear: psycopg.Connection) -> None:
    submitted(ann, key="once")
    heard(ear)
    submitted(ann, key="once")
    assert heard(ear) == []


def test_one_that_names_more_sessions_than_fit_into_a_notification_is_accepted(
    ann: Actor, ear: psycopg.Connection
) -> None:
    made = submitted(ann, *({"session": f"s{n}"} for n in range(300)))
    [named] = heard(ear)
    assert len(made.jobs) == 300
    assert len(named) == MOST_NAMED

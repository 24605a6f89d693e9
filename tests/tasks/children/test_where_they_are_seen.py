"""A parent's page lists its children, and a child's leads to its parent."""

from __future__ import annotations

import pytest
from django.utils import timezone

from agents import tenancy
from agents.actor import Actor
from tasks.models import AgentJob
from tasks.pages import facts, parts
from tasks.pages.facts import Fact
from tests.committing import commits
from tests.tasks.children.conftest import Family, uses
from tests.tasks.desk import row

pytestmark = [pytest.mark.requirement("J11"), pytest.mark.requirement("U2")]

TRUE = {"command": ["true"]}


@pytest.mark.django_db
def test_the_parents_page_lists_them_with_their_states(family: Family, ann: Actor) -> None:
    one, other = family.submit({**TRUE, "title": "One"}, {**TRUE, "title": "Other"})
    family.ends(one)

    shown = section(ann, family.parent, "Jobs it submitted")

    assert [(fact.label, fact.value, fact.url) for fact in shown] == [
        ("Completed", "One", f"/tasks/{one.id}/"),
        ("Queued", "Other", f"/tasks/{other.id}/"),
    ]


@pytest.mark.django_db
def test_of_many_the_newest_are_shown_and_counted(family: Family, ann: Actor) -> None:
    family.submit(*[TRUE] * (facts.MOST_CHILDREN + 5))

    assert len(section(ann, family.parent, "Jobs it submitted (20 of 25)")) == facts.MOST_CHILDREN


@pytest.mark.django_db
def test_the_childs_page_leads_to_its_parent(family: Family, ann: Actor) -> None:
    [child] = family.submit()

    [up] = [fact for fact in section(ann, child, "What it is") if fact.label == "Submitted by"]

    assert (up.value, up.url) == (family.parent.title, f"/tasks/{family.parent.id}/")


@commits
def test_what_models_used_stands_beside_the_limit(family: Family, ann: Actor) -> None:
    uses(family.claim, 25_000)

    with tenancy.as_user(ann):
        used = {use.label: (use.words, use.percent) for use in facts.uses(row(family.parent), [], timezone.now())}

    assert used["Tokens"] == ("25,000 of 100,000", 25)


def test_every_state_of_a_call_has_its_mark() -> None:
    assert set(parts.CALL_MARKS) == set(parts.CallState)


def section(ann: Actor, job: AgentJob, title: str) -> list[Fact]:
    with tenancy.as_user(ann):
        found = facts.facts(row(job), [], timezone.now(), "")
    [only] = [each.facts for each in found if each.title == title]
    return only

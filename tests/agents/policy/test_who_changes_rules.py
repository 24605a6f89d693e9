"""Admins of the workspace change its rules; agents never do; there are not too many."""

from __future__ import annotations

import pytest

from agents import tenancy
from agents.actor import Actor
from agents.errors import NotAllowed
from agents.models import Rule, Workspace
from agents.policy import changing
from agents.policy.rules import rules_in
from agents.roles import Role
from tests.tasks.people import member, new_workspace

pytestmark = [pytest.mark.requirement("P1"), pytest.mark.django_db]

FIELDS = {"tool": "*", "verdict": "ALLOW"}


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture
def admin(workspace: Workspace) -> Actor:
    return member(workspace, role=Role.ADMIN)


def test_an_agent_may_not_even_with_the_role(workspace: Workspace, admin: Actor) -> None:
    agent = member(workspace, role=Role.ADMIN, kind="agent", name="robot")
    rule = changing.add(admin, workspace, FIELDS)
    for act in (
        lambda: changing.add(agent, workspace, FIELDS),
        lambda: changing.change(agent, rule.id, {"verdict": "ALLOW"}),
        lambda: changing.remove(agent, rule.id),
        lambda: changing.apply_defaults(agent, workspace),
    ):
        with pytest.raises(NotAllowed, match="Agents cannot change policy rules"):
            act()
    assert Rule.objects.in_workspace(workspace.id).count() == 1


def test_there_are_not_too_many(workspace: Workspace, admin: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "MOST_RULES", 2)
    changing.add(admin, workspace, FIELDS)
    changing.add(admin, workspace, FIELDS)
    with pytest.raises(changing.TooManyRules, match="2 rules"):
        changing.add(admin, workspace, FIELDS)


def test_each_change_is_a_new_revision_of_the_rules(workspace: Workspace, admin: Actor) -> None:
    seen = set()
    with tenancy.as_user(admin):
        for change in (
            lambda: changing.add(admin, workspace, FIELDS),
            lambda: changing.change(admin, Rule.objects.get().id, {"when": "args.a == 1"}),
            lambda: changing.remove(admin, Rule.objects.get().id),
        ):
            change()
            workspace.refresh_from_db()
            rules_in(workspace)
            seen.add(workspace.rules_revision)
    assert len(seen) == 3

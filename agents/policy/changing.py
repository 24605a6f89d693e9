"""Add, change and remove the rules of a workspace. Only its admins may, and never an agent.

Call these inside `tenancy.as_user(actor)`. The database gives the workspace a new revision of its rules with each
change, and writes the event that tells what was and what is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Max

from agents.actor import Actor
from agents.errors import Conflict, NotAllowed, NotFound
from agents.models import Rule, Workspace
from agents.policy.checking import HIGHEST_ORDER, checked
from agents.policy.defaults import SETS, STEP
from agents.roles import Role

MOST_RULES = 500
COMPARED = ("tool", "when", "verdict", "redact")


class TooManyRules(Conflict):
    code, title = "too_many_rules", "The workspace has as many rules as it may"


def add(actor: Actor, workspace: Workspace, fields: Mapping[str, Any]) -> Rule:
    """A new rule; without an `order` it is the last. Raises InvalidRule, NotAllowed, TooManyRules."""
    _require(actor, workspace.id)
    _lock(workspace)
    given = dict(fields)
    if given.get("order") is None:
        given["order"] = _next_order(workspace)
    values = checked(given)
    if Rule.objects.in_workspace(workspace.id).count() >= MOST_RULES:
        raise TooManyRules(f"{workspace.slug} has {MOST_RULES} rules, the most there may be; remove some first.")
    return Rule.objects.create(workspace=workspace, **values)


def change(actor: Actor, id: UUID | str, fields: Mapping[str, Any]) -> Rule:
    """The rule with these fields instead of what it had. Raises NotFound, InvalidRule, NotAllowed."""
    rule: Rule = Rule.objects.find(actor, id, "rule")
    _require(actor, rule.workspace_id)
    _lock(rule.workspace)
    rule = Rule.objects.find(actor, id, "rule")
    for name, value in checked({**fields_of(rule), **fields}).items():
        setattr(rule, name, value)
    rule.save(force_update=True)
    return rule


def remove(actor: Actor, id: UUID | str) -> Rule:
    """Take it away; it binds nothing any more. Returns what it was. Raises NotFound, NotAllowed."""
    rule: Rule = Rule.objects.find(actor, id, "rule")
    _require(actor, rule.workspace_id)
    _lock(rule.workspace)
    if not Rule.objects.in_workspace(rule.workspace_id).filter(pk=rule.pk).delete()[0]:
        raise NotFound(f"There is no rule {str(id)[:64]}.")
    return rule


def apply_defaults(actor: Actor, workspace: Workspace, name: str = "careful") -> list[Rule]:
    """Put a named set behind the rules there are; what of it is there already stays once. Returns what was added."""
    _require(actor, workspace.id)
    if name not in SETS:
        raise NotFound(f"There is no set of rules {name[:40]!r}; there is {', '.join(SETS)}.")
    _lock(workspace)
    there = [_compared(fields_of(rule)) for rule in Rule.objects.in_workspace(workspace.id)]
    missing = [fields for fields in SETS[name] if _compared(checked({**fields, "order": 0})) not in there]
    return [add(actor, workspace, fields) for fields in missing]


def fields_of(rule: Rule) -> dict[str, Any]:
    """What a person wrote of it."""
    return {
        "order": rule.order,
        "tool": rule.tool,
        "when": rule.when,
        "verdict": rule.verdict,
        "redact": rule.redact,
        "approvers": rule.approvers,
        "expires_in": rule.expires_in,
        "comment": rule.comment,
    }


def _compared(fields: Mapping[str, Any]) -> list[Any]:
    return [fields[name] for name in COMPARED]


def _next_order(workspace: Workspace) -> int:
    last = Rule.objects.in_workspace(workspace.id).aggregate(last=Max("order"))["last"] or 0
    return int(min(last + STEP, HIGHEST_ORDER))


def _lock(workspace: Workspace) -> None:
    """Two who add at once take turns: the triggers change the workspace's row anyway."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)


def _require(actor: Actor, workspace: UUID) -> None:
    actor.require(Role.ADMIN, workspace, "change policy rules")
    if actor.kind == "agent":
        raise NotAllowed("Agents cannot change policy rules; a person of the role admin can.")

"""Who somebody is behind a token or a session, and what each may decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from agents.actor import Actor
from agents.errors import NotAllowed
from agents.models import ApiToken
from agents.roles import Role
from approvals.models import ApprovalRequest
from tasks.children.adopting import line_of
from tasks.models import AgentJob

USER, TOKEN, AGENT = "user", "token", "agent"


class NotYourDecision(NotAllowed):
    code, title = "not_your_decision", "You may not decide this"


@dataclass(frozen=True)
class Person:
    """A human: nobody decides twice by using a token, and nobody decides on their own request that way."""

    id: str
    name: str


def behind(kind: str, id: str) -> str:
    """The id of the person behind an actor; "" for the platform's parts and for agents."""
    if kind == USER:
        return id
    if kind == TOKEN:
        owner = ApiToken.objects.filter(token_key=id).values_list("user_id", flat=True).first()
        return "" if owner is None else str(owner)
    return ""


def behind_job(job: AgentJob) -> str:
    """The id of the person who wanted the job: of one that a job submitted, who wanted the first of that line."""
    first = job
    if job.submitted_by_kind == AGENT:
        first = AgentJob.objects.in_workspace(job.workspace_id).get(pk=line_of(job.id)[-1])
    return behind(first.submitted_by_kind, first.submitted_by_id)


def person(actor: Actor) -> Person:
    """Raises NotYourDecision for an agent, a part of the platform, or a token without an owner."""
    id = behind(actor.kind, actor.id)
    if not id:
        raise NotYourDecision(f"{actor.name} is no person, and only people decide.")
    if actor.kind == USER:
        return Person(id, actor.label)
    user = get_user_model()._default_manager.filter(pk=id).first()
    return Person(id, user.get_username() if user else "")


def require_decider(actor: Actor, request: ApprovalRequest) -> Person:
    """The person, if they may decide this request. Raises NotYourDecision with the reason, NotFound."""
    who = person(actor)
    actor.require(Role.VIEWER, request.workspace_id, "see it")
    refusal = _refusal(actor, who, request)
    if refusal is not None:
        raise NotYourDecision(refusal)
    return who


def _refusal(actor: Actor, who: Person, request: ApprovalRequest) -> str | None:
    least = Role(request.approvers.get("role", Role.APPROVER))
    named = who.name in request.approvers.get("users", ())
    if not named and not actor.may(least, request.workspace_id):
        return f"To decide this takes {allowed(request)}; {actor.label} is not that."
    if who.name in request.approvers.get("excluded", ()):
        return f"{who.name} may not decide this; the rule says so."
    if request.not_requester and who.id == request.requester_person:
        return "Whoever asked for it may not decide it; the rule says so."
    return None


def allowed(request: ApprovalRequest) -> str:
    """Who may decide, for a sentence."""
    names = request.approvers.get("users", ())
    role = f"the role {request.approvers.get('role', Role.APPROVER)}"
    return f"{role}, or being one of {', '.join(names)}" if names else role


def decidable(actor: Actor, requests: Sequence[ApprovalRequest]) -> list[ApprovalRequest]:
    """Those of the requests that this actor may decide."""
    try:
        who = person(actor)
    except NotYourDecision:
        return []
    return [request for request in requests if _refusal(actor, who, request) is None]

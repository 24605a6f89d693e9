"""People decide: approve, approve with other arguments, deny; one call at a time, bound to what they saw.

Called inside `tenancy.as_user(actor)`. The job is locked first and then the request, as everybody does who ends a
waiting: of two deciders, or a decision and a cancel or the
expiry, exactly one comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from agents.actor import Actor
from agents.errors import Conflict, InvalidInput
from agents.policy.types import Verdict
from agents.tools import registry
from approvals import people, requesting
from approvals.models import ApprovalDecision, ApprovalRequest, ApprovalState, Say
from approvals.people import Person
from approvals.terms import Terms
from tasks.execution import journal, ruling, session_grants
from tasks.execution.reuse import doubt_in
from tasks.execution.ruling import Ruling
from tasks.models import AgentJob, ToolCall
from tasks.operations import answering
from tasks.operations.retry import BlockedByPolicy


class AlreadyDecided(Conflict):
    code, title = "already_decided", "Somebody was faster"


class ApprovalChanged(Conflict):
    code, title = "approval_changed", "It is not any more what you saw"


class ApprovalExpired(Conflict):
    code, title = "approval_expired", "The time to decide is over"


class CannotEdit(InvalidInput):
    code, title = "cannot_edit", "These arguments cannot be changed"


class CannotRemember(InvalidInput):
    code, title = "cannot_remember", "This cannot be allowed for a session"


@dataclass(frozen=True)
class Decided:
    """The request after a decision. `changed` says what had changed, where the decision did not count."""

    request: ApprovalRequest
    changed: str = ""

    def insist(self) -> ApprovalRequest:
        """The request, or ApprovalChanged. To be called when the transaction has been committed: the change stays."""
        if self.changed:
            raise ApprovalChanged(self.changed)
        return self.request


def approve(
    actor: Actor,
    id: UUID | str,
    *,
    version: str,
    arguments: Mapping[str, Any] | None = None,
    comment: str = "",
    remember: bool = False,
) -> Decided:
    """Say yes, with other arguments if they are given; `remember` allows the tool for the rest of the session.

    Raises NotFound, NotYourDecision, AlreadyDecided, ApprovalExpired, ApprovalChanged where another version was seen,
    BlockedByPolicy and CannotEdit where the policy or the tool refuses the arguments. Where the policy's outcome is not
    what it was, that is put right and told in the answer.
    """
    job, request, who = _take(actor, id, version)
    call = _call_of(request)
    asked = _ruling(job, call, request.proposed)
    if asked.outcome != request.outcome:
        return _changed(job, request, call, asked)
    _require_memorable(request, call, remember)
    final = asked
    if arguments is not None and dict(arguments) != request.proposed:
        final = _edited(actor, request, call, arguments)
    edited = request.edited if final is not asked else None
    _say(actor, who, request, Say.APPROVE, comment, edited, remember)
    if not _is_enough(request):
        request.save()
        return Decided(request)
    _close(request, ApprovalState.APPROVED, actor.name, comment)
    if call is None:
        answering.let_in(job)
        return Decided(request)
    _grant(call, request.proposed, final, actor.name)
    if remember:
        session_grants.give(job, call.tool, outcome=asked.outcome, rule=asked.decision.rule or "", by=actor.name)
    answering.go_on(job)
    return Decided(request)


def deny(actor: Actor, id: UUID | str, *, version: str, comment: str = "") -> Decided:
    """Say no: the job is cancelled, or its runtime reads the refusal and goes on. One no is enough for any quorum.

    Raises what `approve` raises for anybody who is too late or not asked.
    """
    job, request, who = _take(actor, id, version)
    _say(actor, who, request, Say.DENY, comment, None, False)
    _close(request, ApprovalState.DENIED, actor.name, comment)
    refuse(job, request, by=actor.name, sentence=f"{actor.label} denied it{f': {comment}' if comment else '.'}")
    return Decided(request)


def refuse(job: AgentJob, request: ApprovalRequest, *, by: str, sentence: str) -> None:
    """What follows a no, after the request was closed. The job is locked."""
    call = _call_of(request)
    if call is not None:
        journal.deny(call.id, call.asks, sentence=sentence, by=by)
        if answering.reads_refusals(job):
            answering.go_on(job)
            return
    answering.end(job, by=by, reason=f"{request.tool}: {sentence}")


def lock(workspace: UUID, request_id: UUID) -> tuple[AgentJob, ApprovalRequest]:
    """The job and then the request, both locked: the order in which everybody takes them."""
    requests = ApprovalRequest.objects.in_workspace(workspace).filter(pk=request_id)
    jobs = AgentJob.objects.in_workspace(workspace).select_for_update(no_key=True)
    job: AgentJob = jobs.get(pk=requests.values_list("job_id", flat=True).get())
    request: ApprovalRequest = requests.select_for_update(no_key=True).get()
    return job, request


def _take(actor: Actor, id: UUID | str, version: str) -> tuple[AgentJob, ApprovalRequest, Person]:
    """Lock what is decided about, if this actor may decide it and saw it as it is."""
    found: ApprovalRequest = ApprovalRequest.objects.find(actor, id, "approval")
    job, request = lock(found.workspace_id, found.pk)
    who = people.require_decider(actor, request)
    if request.state != ApprovalState.WAITING:
        by = f" by {request.decided_by}" if request.decided_by else ""
        raise AlreadyDecided(f"It is {request.state} already{by}.")
    if request.expires_at is not None and request.expires_at <= timezone.now():
        raise ApprovalExpired("Nobody decided in time, which is a no.")
    if request.version != version:
        raise ApprovalChanged("Its arguments or the rule that asks changed since you looked; read it again.")
    said = ApprovalDecision.objects.in_workspace(request.workspace_id)
    if said.filter(request=request, person=who.id, version=version).exists():
        raise AlreadyDecided("You have said so already; it takes another person.")
    return job, request, who


def _ruling(job: AgentJob, call: ToolCall | None, arguments: Mapping[str, Any]) -> Ruling:
    return ruling.of_submission(job) if call is None else ruling.of_call(call, arguments)


def _edited(actor: Actor, request: ApprovalRequest, call: ToolCall | None, arguments: Mapping[str, Any]) -> Ruling:
    """Put other arguments in place of those that were asked about, if the tool and the policy take them."""
    if call is None:
        raise CannotEdit("A submission is approved as it is, or denied; submit another one.")
    registry.validate(call.tool, arguments)
    now = ruling.of_call(call, arguments)
    if now.decision.blocked:
        raise BlockedByPolicy(f"With these arguments it is blocked. {now.decision.why}")
    if now.decision.asks and now.outcome != request.outcome:
        _ask_under(Terms.of(now.decision), request)
        people.require_decider(actor, request)
    request.edited = now.decision.redact(arguments).args
    request.outcome, request.rule = now.outcome, now.decision.rule or ""
    request.version = requesting.version_of(request.tool, request.edited, now.outcome)
    return now


def _ask_under(terms: Terms, request: ApprovalRequest) -> None:
    request.approvers, request.quorum, request.not_requester = terms.approvers, terms.quorum, terms.not_requester
    request.escalations = [step.as_dict() for step in terms.escalations]


def _changed(job: AgentJob, request: ApprovalRequest, call: ToolCall | None, now: Ruling) -> Decided:
    """The policy says something else than when it was asked: ask anew, or let the policy have its way."""
    decision = now.decision
    if decision.asks:
        if call is not None:
            journal.ask_again(call.id, call.asks, outcome=now.outcome, rule=decision.rule or "", why=decision.why)
            request.ask = call.asks + 1
        _ask_under(Terms.of(decision), request)
        request.outcome, request.rule, request.why = now.outcome, decision.rule or "", decision.why[:500]
        request.version = requesting.version_of(request.tool, request.proposed, now.outcome)
        request.save()
        return Decided(request, f"The policy changed, so it is asked anew: {decision.why}")
    _close(request, ApprovalState.SUPERSEDED, "policy", decision.why)
    if call is not None:  # the gate looks again, and lets it run or refuses it
        _grant(call, request.proposed, now, "policy")
        answering.go_on(job)
    elif decision.blocked:
        answering.fail(job, decision.why)
    else:
        answering.let_in(job)
    verb = "blocks it" if decision.verdict is Verdict.BLOCK else "allows it without approval"
    return Decided(request, f"The policy changed and now {verb}: {decision.why}")


def _require_memorable(request: ApprovalRequest, call: ToolCall | None, remember: bool) -> None:
    if remember and (call is None or doubt_in(request.why)):
        raise CannotRemember(
            "Only calls that a rule asks about can be allowed for the session; approve this one alone."
        )


def _say(
    actor: Actor,
    who: Person,
    request: ApprovalRequest,
    said: Say,
    comment: str,
    edited: Mapping[str, Any] | None,
    remembered: bool,
) -> None:
    ApprovalDecision.objects.create(
        workspace_id=request.workspace_id,
        request=request,
        said=said,
        by=actor.name,
        person=who.id,
        comment=comment,
        version=request.version,
        arguments=edited,
        remembered=remembered,
    )


def _is_enough(request: ApprovalRequest) -> bool:
    """Whether so many people approved just this version."""
    said = ApprovalDecision.objects.in_workspace(request.workspace_id).filter(request=request, said=Say.APPROVE)
    return said.filter(version=request.version).values("person").distinct().count() >= request.quorum


def _close(request: ApprovalRequest, state: ApprovalState, by: str, comment: str) -> None:
    request.state, request.decided_by, request.comment = state, by[:200], comment
    request.decided_at = timezone.now()
    request.save()


def _grant(call: ToolCall, arguments: Mapping[str, Any], now: Ruling, by: str) -> None:
    journal.grant(call.id, call.asks, arguments, outcome=now.outcome, rule=now.decision.rule or "", by=by)


def _call_of(request: ApprovalRequest) -> ToolCall | None:
    return ToolCall.objects.in_workspace(request.workspace_id).get(pk=request.call_id) if request.call_id else None

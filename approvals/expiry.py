"""What only time tells: nobody was told, a warning is due, others may decide too, the time is over."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from agents.tenancy import as_platform_part
from approvals import decide, requesting
from approvals.models import ApprovalRequest, ApprovalState
from approvals.terms import Step, escalated, warn_before
from tasks import transitions

log = logging.getLogger(__name__)

PART = "approvals"
EXPIRED = "approval_expired"
MOST = 500  # of each duty in one round; the rest comes in the next


def sweep() -> dict[str, int]:
    """Everything that is due now; twice does no harm. For the platform's own processes, which log in as the owner."""
    with as_platform_part(PART):
        found = requesting.find_unasked()
    return {"found": found, "warned": _warn(), "escalated": _escalate(), "expired": _expire()}


def _warn() -> int:
    due = []
    for request in ApprovalRequest.objects.filter(state=ApprovalState.WAITING, warned_at__isnull=True)[:MOST]:
        if request.expires_at is not None:
            period = (request.expires_at - request.created_at).total_seconds()
            if request.expires_at - timedelta(seconds=warn_before(period)) <= timezone.now():
                due.append(request.pk)
    with as_platform_part(PART, reason="nobody has decided, and the time is nearly over"):
        waiting = ApprovalRequest.objects.filter(pk__in=due, state=ApprovalState.WAITING, warned_at__isnull=True)
        return waiting.update(warned_at=timezone.now())


def _escalate() -> int:
    waiting = ApprovalRequest.objects.filter(state=ApprovalState.WAITING).exclude(escalations=[])
    return sum(_escalate_one(id, workspace) for id, workspace in waiting.values_list("pk", "workspace_id")[:MOST])


def _escalate_one(id: UUID, workspace: UUID) -> bool:
    with as_platform_part(PART, reason="nobody has decided"):
        _, request = decide.lock(workspace, id)
        if request.state != ApprovalState.WAITING:
            return False
        waited = (timezone.now() - request.created_at).total_seconds()
        steps = [Step.of(step) for step in request.escalations]
        due = [step for step in steps if step.after <= waited]
        for step in due:
            request.approvers = escalated(request.approvers, step)
        if due:
            request.escalations = [step.as_dict() for step in steps if step not in due]
            request.escalated_at = timezone.now()
            request.save()
        return bool(due)


def _expire() -> int:
    late = ApprovalRequest.objects.filter(state=ApprovalState.WAITING, expires_at__lte=timezone.now())
    return sum(expire(id, workspace) for id, workspace in late.values_list("pk", "workspace_id")[:MOST])


def expire(id: UUID, workspace: UUID) -> bool:
    sentence = "Nobody decided in time, which is a no."
    with as_platform_part(PART, reason=sentence):
        job, request = decide.lock(workspace, id)
        if request.state != ApprovalState.WAITING:
            return False
        request.state, request.decided_at, request.comment = ApprovalState.EXPIRED, timezone.now(), sentence
        request.save()
        if request.call_id is None and request.approvers.get("when_expired") == "fail":
            transitions.fail_waiting([job.id], EXPIRED, sentence)
        else:
            decide.refuse(job, request, by=PART, sentence=sentence)
        return True

"""Requests as the shapes that clients see; what is looked up is so for all at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from approvals.api import shapes
from approvals.models import ApprovalRequest, Say
from tasks.api.shapes.job import SessionName


def present(requests: Sequence[ApprovalRequest]) -> list[shapes.Approval]:
    prefetch_related_objects(requests, "workspace", "job__session", "call", "decisions")
    return [_shape(request) for request in requests]


def _shape(request: ApprovalRequest) -> shapes.Approval:
    job, decisions = request.job, list(request.decisions.all())
    agreed = [each.by for each in decisions if each.said == Say.APPROVE and each.version == request.version]
    return shapes.Approval.model_construct(
        id=request.id,
        workspace=request.workspace.slug,
        job=shapes.JobOfApproval.model_construct(
            id=job.id,
            title=job.title,
            state=job.state,
            session=SessionName.model_construct(id=job.session_id, name=job.session.name),
        ),
        call=request.call_id,
        action=request.action,
        tool=request.tool,
        arguments=request.arguments,
        edited=request.edited,
        arguments_schema=request.schema,
        effect=request.effect or None,
        rule=request.rule or None,
        why=request.why,
        requester=request.requester,
        approvers=shapes.Approvers.model_construct(
            role=request.approvers.get("role", "approver"),
            users=request.approvers.get("users", []),
            excluded=request.approvers.get("excluded", []),
            when_expired=request.approvers.get("when_expired", "deny"),
            escalations=[shapes.Escalation.model_construct(**step) for step in request.escalations],
            quorum=request.quorum,
            not_requester=request.not_requester,
        ),
        approved_by=agreed,
        version=request.version,
        state=request.state,
        executed=request.executed,
        created_at=request.created_at,
        expires_at=request.expires_at,
        decided_at=request.decided_at,
        decided_by=request.decided_by or None,
        comment=request.comment,
        decisions=[
            shapes.Decision.model_construct(
                said=each.said,
                by=each.by,
                at=each.created_at,
                comment=each.comment,
                version=each.version,
                arguments=each.arguments,
                remembered=each.remembered,
            )
            for each in decisions
        ],
    )

"""/api/approvals/{id}/approve/ and …/deny/: one decision."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from approvals import decide
from approvals.api import shapes
from approvals.api.presenting import present
from approvals.decide import Decided
from approvals.models import ApprovalRequest
from tasks.api import bodies, queries
from tasks.api.describing import operation

TAG = "approvals"
VERSION = "The `version` that you saw; where it is another one by now, the answer is 409."
COMMENT = "Why; it stands in the event and, of a denial, in the job."


class Approving(bodies.Body):
    version: str = Field(max_length=64, description=VERSION)
    args: dict[str, Any] | None = Field(default=None, description="Other arguments; the policy looks at them again.")
    comment: str = Field(default="", max_length=2000, description=COMMENT)
    remember: bodies.word(["session"]) | None = Field(  # type: ignore[valid-type]
        default=None, description="`session`: this tool is not asked about again in this session, for eight hours."
    )


class Denying(bodies.Body):
    version: str = Field(max_length=64, description=VERSION)
    comment: str = Field(max_length=2000, description=COMMENT)


class Approve(ApiView):
    @operation(
        "approve",
        "Approve a request, with other arguments if you like",
        tag=TAG,
        description="The job goes on with just this call. Of two people one is first: the other gets 409 "
        "`already_decided`. Where the policy changed meanwhile, it is asked anew, and the answer is 409 "
        "`approval_changed`.",
        body=Approving,
        answers={200: shapes.Approval},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        said = bodies.read(request, Approving)

        def work(actor: Actor) -> Decided:
            return decide.approve(
                actor,
                id,
                version=said.version,
                arguments=said.args,
                comment=said.comment,
                remember=said.remember is not None,
            )

        return _answer(self, self.inside(work, reason=said.comment[:500]))


class Deny(ApiView):
    @operation(
        "deny",
        "Deny a request, and say why",
        tag=TAG,
        description="A plan's job is cancelled; an agent reads the refusal and goes on.",
        body=Denying,
        answers={200: shapes.Approval},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        said = bodies.read(request, Denying)

        def work(actor: Actor) -> Decided:
            return decide.deny(actor, id, version=said.version, comment=said.comment)

        return _answer(self, self.inside(work, reason=said.comment[:500]))


def _answer(view: ApiView, decided: Decided) -> Response:
    """When the decision is committed, and so is what had changed where it did not count."""
    request = decided.insist()
    return Response(view.inside(lambda actor: present([ApprovalRequest.objects.find(actor, request.pk)])[0]))

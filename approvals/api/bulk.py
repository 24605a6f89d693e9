"""/api/approvals/decide/: say the same to many requests that are alike."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.errors import InterlockError, InvalidInput
from approvals import decide
from approvals.api import shapes
from approvals.api.deciding import COMMENT, VERSION
from approvals.decide import Decided
from approvals.models import ApprovalRequest, Say
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.selecting import read_job_id

MOST = 200


class Seen(bodies.Body):
    id: str = Field(max_length=64)
    version: str = Field(max_length=64, description=VERSION)


class Deciding(bodies.Body):
    decision: bodies.word(Say.values)  # type: ignore[valid-type]
    approvals: list[Seen] = Field(min_length=1, max_length=MOST)
    comment: str = Field(default="", max_length=2000, description=COMMENT)


class DecideMany(ApiView):
    @operation(
        "decideApprovals",
        "Approve or deny many requests of one rule and tool",
        tag="approvals",
        description="Each is bound to the version that you saw, and decided by itself: one that cannot be stands in "
        "`refused` and keeps no other from it.",
        body=Deciding,
        answers={200: shapes.DecidedMany},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        said = bodies.read(request, Deciding)
        ids = [read_job_id("approvals", each.id) for each in said.approvals]
        self.inside(lambda actor: _require_alike(actor, ids))
        done: list[UUID] = []
        refused: list[shapes.Refusal] = []
        for id, seen in zip(ids, said.approvals, strict=True):
            try:
                self._decide(said, id, seen.version).insist()
                done.append(id)
            except InterlockError as error:
                refused.append(shapes.Refusal.model_construct(id=id, code=error.code, detail=error.message))
        return Response(shapes.DecidedMany.model_construct(decided=done, refused=refused))

    def _decide(self, said: Deciding, id: UUID, version: str) -> Decided:
        """In a transaction of its own."""
        verb = decide.approve if said.decision == Say.APPROVE else decide.deny

        def work(actor: Actor) -> Decided:
            return verb(actor, id, version=version, comment=said.comment)

        return self.inside(work, reason=said.comment[:500])


def _require_alike(actor: Actor, ids: list[UUID]) -> None:
    """Who decides many at once has looked at one: so they must be the same question."""
    found = ApprovalRequest.objects.for_user(actor).filter(pk__in=ids)
    kinds = set(found.order_by().values_list("rule", "tool").distinct())
    if len(kinds) > 1:
        tools = ", ".join(sorted({tool for _, tool in kinds}))
        raise InvalidInput(f"Decide together what the same rule asks about the same tool; these are of {tools}.")

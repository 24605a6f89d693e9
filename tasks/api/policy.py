"""/api/policy/: the rules of a workspace, a named set of them, and the dry run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.errors import Detail, InvalidInput
from agents.models import Rule
from agents.policy import changing
from agents.policy.checking import InvalidRule, checked
from agents.policy.defaults import SETS, STEP
from agents.policy.engine import decide
from agents.policy.redaction import Redaction
from agents.policy.rules import rules_in, value_of
from agents.policy.types import Action, Approvers, Rules
from agents.roles import Role
from tasks.api import bodies, queries
from tasks.api.describing import operation
from tasks.api.shapes import policy as shapes
from tasks.places import workspace_named
from tasks.policy_check import MOST_CALLS, Comparison, compare
from tasks.spec.fields import Duration

TAG = "policy"
Object = dict[str, Any]


class Fields(bodies.Body):
    """What a rule says. `agents.policy.checking` says what may stand in each field."""

    order: int | None = Field(default=None, ge=0, description="The lowest that holds decides; by default the last.")
    tool: str | None = Field(default=None, description="A glob over tool names.", examples=["http.*", "submit.command"])
    when: str | None = Field(default=None, description="A CEL expression.", examples=['args.method != "GET"'])
    verdict: str | None = Field(default=None, description="ALLOW, BLOCK, REQUIRE_APPROVAL or REDACT.")
    redact: Object | None = Field(
        default=None, description="For REDACT.", examples=[{"paths": ["args.headers.authorization"]}]
    )
    approvers: Object | None = Field(default=None, description="For REQUIRE_APPROVAL.", examples=[{"quorum": 2}])
    expires_in: Duration | None = Field(default=None, description="For REQUIRE_APPROVAL.", examples=["1h", 3600])
    comment: str | None = Field(default=None, description="Why; people read it where the rule refuses.")

    @property
    def said(self) -> Object:
        """What was given, as the rule keeps it; a null takes a field away."""
        found = {name: getattr(self, name) for name in self.model_fields_set if name in Fields.model_fields}
        if self.expires_in is not None:
            found["expires_in"] = max(1, round(self.expires_in.total_seconds()))
        return found


class NewRule(Fields):
    workspace: str = Field(default="", max_length=63, description="Its slug; only needed by admins of several.")


class NamedSet(bodies.Body):
    name: bodies.word(tuple(SETS)) = Field(default="careful", description="Which set.")  # type: ignore[valid-type]
    workspace: str = Field(default="", max_length=63, description="Its slug; only needed by admins of several.")


class Checking(bodies.Body):
    """An action by its `tool`, or recorded calls by their number, and the rules to try, if not those there are."""

    tool: str | None = Field(default=None, min_length=1, max_length=200, examples=["http.request"])
    args: Object = Field(default_factory=dict, examples=[{"method": "POST", "url": "https://example.com/"}])
    agent: Object = Field(default_factory=dict, examples=[{"type": "dev"}])
    session: Object = Field(default_factory=dict, examples=[{"name": "nightly"}])
    job: Object = Field(default_factory=dict, examples=[{"runtime": "llm"}])
    effect: bodies.word(("pure", "idempotent", "external")) = Field(  # type: ignore[valid-type]
        default="external", description="What the call would do outside."
    )
    last: int | None = Field(default=None, ge=1, le=MOST_CALLS, description="Against so many recorded calls.")
    rules: list[Fields] | None = Field(default=None, max_length=changing.MOST_RULES, description="A draft to try.")
    workspace: str = Field(default="", max_length=63, description="Its slug; only needed by who sees several.")


def shape_of(row: Rule) -> shapes.Rule:
    redact, approvers = Redaction.of(row.redact).as_dict(), vars(Approvers.of(row.approvers))
    return shapes.Rule.model_construct(
        id=row.id,
        workspace=row.workspace.slug,
        order=row.order,
        tool=row.tool,
        when=row.when,
        verdict=row.verdict,
        redact=shapes.Redact.model_construct(**redact) if row.redact else None,
        approvers=shapes.Approvers.model_construct(**approvers) if row.approvers else None,
        expires_in=row.expires_in,
        comment=row.comment,
        created_at=row.created_at,
    )


def page_of(rows: Sequence[Rule]) -> shapes.RulePage:
    return shapes.RulePage.model_construct(results=[shape_of(row) for row in rows], next=None)


class AllRules(ApiView):
    @operation(
        "listRules",
        "List policy rules in their order",
        tag=TAG,
        query=(queries.WORKSPACE,),
        answers={200: shapes.RulePage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, queries.WORKSPACE)

        def work(actor: Actor) -> shapes.RulePage:
            rows = Rule.objects.for_user(actor).select_related("workspace")
            if asked["workspace"]:
                rows = rows.filter(workspace=workspace_named(actor, asked["workspace"]))
            return page_of(list(rows.order_by("workspace__slug", "order", "created_at")))

        return Response(self.inside(work))

    @operation(
        "createRule",
        "Add a policy rule",
        tag=TAG,
        description="For admins of the workspace. It binds the next submission and the next call.",
        body=NewRule,
        answers={201: shapes.Rule},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, NewRule)

        def work(actor: Actor) -> shapes.Rule:
            return shape_of(changing.add(actor, workspace_named(actor, body.workspace, Role.ADMIN), body.said))

        return Response(self.inside(work), status=201)


class OneRule(ApiView):
    @operation("getRule", "Show a policy rule", tag=TAG, answers={200: shapes.Rule})
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: shape_of(Rule.objects.find(actor, id, "rule"))))

    @operation(
        "changeRule",
        "Change fields of a policy rule",
        tag=TAG,
        description="For admins of the workspace. Fields that are not given stay.",
        body=Fields,
        answers={200: shapes.Rule},
    )
    def patch(self, request: Request, id: str) -> Response:
        queries.read(request)
        said = bodies.read(request, Fields).said
        return Response(self.inside(lambda actor: shape_of(changing.change(actor, id, said))))

    @operation(
        "replaceRule",
        "Write a policy rule anew",
        tag=TAG,
        description="For admins of the workspace. What is not given is empty; without `order` it keeps its own.",
        body=Fields,
        answers={200: shapes.Rule},
    )
    def put(self, request: Request, id: str) -> Response:
        queries.read(request)
        said = bodies.read(request, Fields).said
        empty = {name: None for name in Fields.model_fields if name != "order"}
        return Response(self.inside(lambda actor: shape_of(changing.change(actor, id, empty | said))))

    @operation(
        "removeRule",
        "Remove a policy rule",
        tag=TAG,
        description="For admins of the workspace. The answer is the rule as it was.",
        answers={200: shapes.Rule},
    )
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)

        def work(actor: Actor) -> shapes.Rule:
            rule = Rule.objects.find(actor, id, "rule")
            shape = shape_of(rule)
            changing.remove(actor, id)
            return shape

        return Response(self.inside(work))


class Defaults(ApiView):
    @operation(
        "addDefaultRules",
        "Add a named set of policy rules",
        tag=TAG,
        description="For admins of the workspace. `careful` redacts secrets, allows what has no effect outside, and "
        "asks for the rest. They stand behind the rules there are; what is there already is not added. The answer has "
        "those that were added.",
        body=NamedSet,
        answers={201: shapes.RulePage},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, NamedSet)

        def work(actor: Actor) -> shapes.RulePage:
            return page_of(
                changing.apply_defaults(actor, workspace_named(actor, body.workspace, Role.ADMIN), body.name)
            )

        return Response(self.inside(work), status=201)


class Check(ApiView):
    @operation(
        "checkPolicy",
        "Try what policy rules would say",
        tag=TAG,
        description="Changes nothing. Give an action (`tool`, `args`, …), or `last` to see which recorded calls would "
        "get another verdict; with `rules` a draft is tried instead of the rules there are.",
        body=Checking,
        answers={200: shapes.Checked},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, Checking)
        if (body.tool is None) == (body.last is None):
            raise InvalidInput("Give either `tool` with its `args`, or `last`, the number of recorded calls.")
        draft = None if body.rules is None else _draft(body.rules)

        def work(actor: Actor) -> shapes.Checked:
            workspace = workspace_named(actor, body.workspace)
            rules = rules_in(workspace) if draft is None else draft
            if body.last is not None:
                return _compared(compare(actor, workspace.id, rules, body.last))
            return _decided(rules, body)

        return Response(self.inside(work))


def _draft(given: Sequence[Fields]) -> Rules:
    """Rules as they would be kept, in their order. Raises InvalidRule, with the place of each fault."""
    rows, details = [], []
    for place, fields in enumerate(given):
        said = {"order": (place + 1) * STEP} | {name: value for name, value in fields.said.items() if value is not None}
        try:
            rows.append(Rule(**checked(said)))
        except InvalidRule as error:
            details += [
                Detail(each.message, each.code, f"rules[{place}].{each.path}", each.line) for each in error.details
            ]
    if details:
        raise InvalidRule(f"{details[0].path}: {details[0].message}", details=details)
    return Rules(value_of(row) for row in sorted(rows, key=lambda row: row.order))


def _decided(rules: Rules, body: Checking) -> shapes.Checked:
    action = Action(str(body.tool), body.args, body.agent, body.session, body.job, body.effect)
    decision = decide(rules, action)
    args, redacted = decision.redact(body.args)
    return shapes.Checked.model_construct(
        decision=shapes.Decided.model_construct(
            verdict=decision.verdict.value,
            rule=decision.rule if body.rules is None else None,
            why=decision.why,
            failed=decision.failed,
            args=args,
            redacted=list(redacted),
        ),
        compared=None,
        changes=[],
    )


def _compared(found: Comparison) -> shapes.Checked:
    return shapes.Checked.model_construct(
        decision=None,
        compared=found.compared,
        changes=[
            shapes.Change.model_construct(
                call=change.call.id,
                job=change.call.job_id,
                tool=change.call.tool,
                at=change.call.created_at,
                before=change.call.verdict,
                after=change.decision.verdict.value,
                why=change.decision.why,
            )
            for change in found.changes
        ],
    )

"""How an operation describes itself to OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from tasks.api.bodies import JSON, YAML
from tasks.api.queries import Parameter
from tasks.spec.schema import EXAMPLES

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 200},
    OpenApiParameter.HEADER,
    description="The same key with the same body again makes nothing twice: it answers 200 with what the first made, "
    "and `Idempotent-Replayed: true`. With another body it answers 409.",
)


def operation(
    name: str,
    summary: str,
    *,
    tag: str,
    answers: dict[int, Any],
    body: Any = None,
    query: Iterable[Parameter] = (),
    headers: Iterable[OpenApiParameter] = (),
    description: str = "",
    examples: list[OpenApiExample] | None = None,
) -> Callable[..., Any]:
    """`answers` maps the statuses of success to a shape, or to a shape with its meaning; refusals are added for all.

    Source: https://spec.openapis.org/oas/v3.1.0#operation-object
    """
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=description or summary,
        tags=[tag],
        parameters=[*(each.openapi() for each in query), *headers],
        request=body if body is None or isinstance(body, dict) else {JSON: body},
        responses={status: _answer(said) for status, said in answers.items()},
        examples=examples,
    )


def _answer(said: Any) -> Any:
    if isinstance(said, tuple):
        shape, meaning = said
        return OpenApiResponse(shape, description=meaning)
    return said


def spec_body(component: str) -> dict[str, Any]:
    """A task spec as JSON or YAML; `component` is a schema of the published task spec."""
    schema = {"$ref": f"#/components/schemas/{component}"}
    return {JSON: schema, YAML: schema}


def spec_examples(*, batch: bool) -> list[OpenApiExample]:
    return [
        OpenApiExample(f"Example {number}", value=document, request_only=True, media_type=JSON)
        for number, document in enumerate(EXAMPLES, start=1)
        if ("tasks" in document) == batch
    ]

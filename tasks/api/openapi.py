"""What OpenAPI says beyond the single operations: how to sign in, how refusals look, and the task spec."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from agents.api.problems import MEDIA_TYPE
from tasks.spec.schema import json_schema

REFUSALS = {
    "400": "Something in the request is wrong; nothing was changed.",
    "401": "Nobody is signed in, or the token is expired or revoked.",
    "403": "The role does not suffice.",
    "404": "There is no such thing, or it is not yours to see.",
    "409": "It does not fit the present state.",
    "413": "The body is too large.",
    "415": "The body is of a type that is not taken here.",
    "429": "Too many requests; `Retry-After` says when to go on.",
    "503": "The database does not answer; `Retry-After` says when to ask again.",
}
BODY_ONLY, PATH_ONLY = ("409", "413", "415", "429"), ("404",)
PROBLEM = {
    "type": "object",
    "description": "A refusal, as RFC 9457 has it. docs/errors.md explains every code.",
    "properties": {
        "type": {"type": "string", "examples": ["/docs/errors/#invalid_spec"]},
        "title": {"type": "string", "examples": ["The task spec is not valid"]},
        "status": {"type": "integer", "examples": [400]},
        "code": {"type": "string", "description": "Stable, for programs.", "examples": ["invalid_spec"]},
        "detail": {"type": "string", "description": "One sentence, for people."},
        "errors": {
            "type": "array",
            "description": "Each place that is wrong.",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "examples": ["tasks[2].priority"]},
                    "line": {"type": "integer", "examples": [7]},
                    "code": {"type": "string", "examples": ["invalid_value"]},
                    "message": {"type": "string"},
                },
                "required": ["code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail", "errors"],
}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "agents.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of one workspace: `interlock token create --workspace SLUG --role ROLE`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "agents.api.authentication.BrowserSession"
    name = "browser"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of somebody who signed in; changes need the header `X-CSRFToken`, too.",
        }


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add refusals to every operation, and the schemas that they and the task spec are made of."""
    schemas = result["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    schemas.update(_spec_schemas())
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            has_body = method in ("post", "put", "patch")
            for status, meaning in REFUSALS.items():
                fits = (has_body or status not in BODY_ONLY) and ("{" in path or status not in PATH_ONLY)
                if fits and "security" in operation:
                    operation["responses"].setdefault(status, _refusal(meaning))
    return result


def _refusal(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _spec_schemas() -> dict[str, Any]:
    """The definitions of the published schema, as components."""
    definitions: dict[str, Any] = _moved(json_schema()["$defs"])
    return definitions


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _moved_reference(each) if name == "$ref" else _moved(each) for name, each in value.items()}
    return [_moved(each) for each in value] if isinstance(value, list) else value


def _moved_reference(reference: str) -> str:
    return reference.replace("#/$defs/", "#/components/schemas/")

"""What clients send: its type, and small JSON bodies as models with sentences for what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from rest_framework.request import Request

from agents.api.problems import InvalidJson, UnsupportedMediaType
from agents.errors import Detail, InvalidInput
from tasks.spec import InvalidSpec, sentences, values
from tasks.spec.encoding import decode
from tasks.spec.errors import Code
from tasks.spec.fields import wrong
from tasks.spec.json_source import JsonSource
from tasks.spec.paths import as_text
from tasks.spec.quoting import quote

M = TypeVar("M", bound="Body")

JSON, YAML = "application/json", "application/yaml"
YAML_TYPES = frozenset({YAML, "application/x-yaml", "text/yaml", "text/x-yaml"})


class Body(BaseModel):
    """A small body. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def word(choices: Collection[str]) -> Any:
    """The type of a field that is one of these words."""

    def check(said: object) -> object:
        if isinstance(said, str) and said not in choices:
            raise wrong(f"{quote(said)} is not known here; use one of: {', '.join(choices)}.")
        return said

    return Annotated[str, BeforeValidator(check), WithJsonSchema({"type": "string", "enum": list(choices)})]


def document(request: Request) -> tuple[bytes, str]:
    """A task spec as it came, with its media type, or "" where the client named none."""
    media_type = _media_type(request)
    if media_type and not _is_json(media_type) and media_type not in YAML_TYPES:
        raise UnsupportedMediaType(f"A task is sent as {JSON} or {YAML}, not as {media_type[:80]}.")
    return _bytes(request), media_type


def read(request: Request, model: type[M]) -> M:
    """The body as that model; no body is an empty object. Raises InvalidJson, InvalidInput, UnsupportedMediaType."""
    body = _bytes(request)
    media_type = _media_type(request)
    if body and media_type and not _is_json(media_type):
        raise UnsupportedMediaType(f"This is sent as {JSON}, not as {media_type[:80]}.")
    value = _json(body)
    if not isinstance(value, dict):
        raise InvalidInput("The body must be a JSON object.")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = list(_details(error, model))
        first = details[0]
        raise InvalidInput(f"{first.path}: {first.message}" if first.path else first.message, details=details) from None


def _json(body: bytes) -> Any:
    if not body.strip():
        return {}
    try:
        source = JsonSource(decode(body))
        value = source.load()[0]
    except InvalidSpec as error:
        raise InvalidJson(error.message, details=error.details) from None
    problems = source.problems or list(values.problems(value, texts_are_clean=False))
    if problems:
        detail = problems[0].detail()
        raise InvalidJson(f"{detail.path}: {detail.message}", details=[detail])
    return value


def _details(error: ValidationError, model: type[Body]) -> Iterator[Detail]:
    findings = error.errors(include_url=False)
    for finding, problem in zip(findings, sentences.problems(error, ()), strict=True):
        if finding["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields)
            sentence = f"There is no field {quote(finding['loc'][-1])} here; there is {known}."
            yield Detail(sentence, Code.UNKNOWN_FIELD.value, as_text(problem.path))
        else:
            yield problem.detail()


def _bytes(request: Request) -> bytes:
    # Not `request.body`, whose limit is below that of a batch; how much may come is checked before (api.sizes).
    body: bytes = request._request.read()
    return body


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == JSON or (media_type.startswith("application/") and media_type.endswith("+json"))

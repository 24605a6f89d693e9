"""The `data` of jobs about agents: what to make one with, and how to load its context again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from tasks.spec import for_models, sizes
from tasks.spec.choices import JobType
from tasks.spec.errors import Code, Problem
from tasks.spec.fields import Line, Unique
from tasks.spec.model import CONFIG, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.tool_calls import Tools


class Data(BaseModel):
    """What all of them may say: why. Events tell it."""

    model_config = CONFIG

    reason: Line | None = None


class SpawnData(Data):
    """Of `spawn-agent`; what is not given comes from the role of the agent's type."""

    name: Line | None = None
    role_prompt: str | None = Field(default=None, max_length=100_000)
    tools: Annotated[list[Line], Field(max_length=sizes.TOOLS), Unique] | None = None


class RecoverData(Data):
    """Of `recover-context`: which revision, if not the newest one, and how many tokens it must fit into."""

    revision: int | None = Field(default=None, ge=1, le=2**31 - 1)
    context_window: int | None = Field(default=None, ge=1000, le=10**8)


DATA_OF: dict[JobType, type[Data]] = {
    JobType.SPAWN_AGENT: SpawnData,
    JobType.RECOVER_CONTEXT: RecoverData,
    JobType.TERMINATE_AGENT: Data,
}


def problems(spec: TaskSpec, path: Path, tools: Tools) -> Iterator[Problem]:
    """What is wrong with the data of a job about an agent; a task's own data is its own."""
    model = DATA_OF.get(spec.type)
    if model is None:
        return
    try:
        data = model.model_validate(spec.data)
    except ValidationError as error:
        for finding in error.errors(include_url=False, include_context=False, include_input=False):
            place = (*path, "data", *finding["loc"])
            if finding["type"] == "extra_forbidden":
                known = ", ".join(model.model_fields)
                sentence = f"The data of a job of type {spec.type} has no such field; it takes {known}."
                yield Problem(place, Code.UNKNOWN_FIELD, sentence)
            else:
                yield Problem(place, Code.INVALID_VALUE, f"{finding['msg'].removesuffix('.')}.")
        return
    if isinstance(data, SpawnData):
        yield from for_models.problems_of_tools(data.tools or (), (*path, "data", "tools"), tools)

"""The one reader of specs: YAML or JSON → specs, or every mistake at once, each with its line.

A document is one task, or a batch: `{"tasks": […], "defaults": {…}}`. Several YAML documents are a batch as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from pydantic import ValidationError

from agents.runtimes.references import has_references
from agents.tools import registry
from agents.tools.task import submit as submitting
from tasks.spec import cycles, for_agents, for_models, sentences, sizes, tool_calls, values
from tasks.spec.choices import JobType, RuntimeName
from tasks.spec.encoding import decode
from tasks.spec.errors import MOST_PROBLEMS, Code, InvalidSpec, Problem
from tasks.spec.json_source import JsonSource
from tasks.spec.model import Defaults, Step, TaskSpec
from tasks.spec.paths import Path
from tasks.spec.shape import RawTask, Shape, check_sizes, shape
from tasks.spec.source import NoSource, Source
from tasks.spec.tool_calls import Tools
from tasks.spec.work import RUNTIME_OF, contradictions
from tasks.spec.yaml_source import YamlSource

_JOB_TYPES = tuple(JobType)  # a tuple, since what is looked up in it may be of any type
ALL_RUNTIMES = frozenset(RuntimeName)
EXECUTE_TASK_ONLY = frozenset({JobType.EXECUTE_TASK})


def parse(
    body: bytes | str,
    content_type: str | None = None,
    *,
    tools: Tools = registry,
    runtimes: Collection[RuntimeName] = ALL_RUNTIMES,
    types: Collection[JobType] = EXECUTE_TASK_ONLY,
) -> list[TaskSpec]:
    """The specs of a document, in its order; one for a document that is a single task.

    `content_type` is that of the request; without one, what begins with a brace or bracket is JSON, else YAML.
    `runtimes` are those that can run here, `types` the job types that may be asked for at this door.
    Raises InvalidSpec with up to 50 details, or PayloadTooLarge.
    """
    return _Reading(_source(decode(body), content_type), tools, runtimes, types).specs()


def parse_one(
    body: bytes | str,
    content_type: str | None = None,
    *,
    tools: Tools = registry,
    runtimes: Collection[RuntimeName] = ALL_RUNTIMES,
    types: Collection[JobType] = EXECUTE_TASK_ONLY,
) -> TaskSpec:
    """The spec of a document that is a single task of at most 1 MiB; a batch is refused."""
    source = _source(decode(body, most=sizes.JOB_BYTES), content_type)
    return _Reading(source, tools, runtimes, types, batches=False).specs()[0]


def from_value(
    value: Any,
    *,
    tools: Tools = registry,
    runtimes: Collection[RuntimeName] = ALL_RUNTIMES,
    types: Collection[JobType] = EXECUTE_TASK_ONLY,
) -> list[TaskSpec]:
    """The same for a document that is decoded already, such as the parameters of a remote call."""
    return _Reading(NoSource(value), tools, runtimes, types).specs()


def _source(text: str, content_type: str | None) -> Source:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type.endswith("json") or (not media_type.endswith("yaml") and text.lstrip()[:1] in ("{", "[")):
        return JsonSource(text)
    return YamlSource(text)


class _Reading:
    """One document on its way: read, shaped, each task validated, then what is between them."""

    def __init__(
        self,
        source: Source,
        tools: Tools,
        runtimes: Collection[RuntimeName],
        types: Collection[JobType],
        batches: bool = True,
    ) -> None:
        self.source = source
        self.tools = tools
        self.runtimes = runtimes
        self.types = types
        self.batches = batches
        # Escapes might hide a reference, and a value without a text must be looked through.
        self.may_refer = not source.text or "${" in source.text or "\\" in source.text
        self.shape = Shape()
        self.problems: list[Problem] = []

    def specs(self) -> list[TaskSpec]:
        documents = self.source.load()
        self._find(self.source.problems)
        texts_are_clean = bool(self.source.text) and "\\" not in self.source.text
        for number, document in enumerate(documents):
            if unsound := values.problems(document, texts_are_clean=texts_are_clean):
                self._find(unsound)
                self._refuse(number)
        specs = self._examine(documents)
        self._refuse()
        return [spec for spec in specs if spec is not None]

    def _examine(self, documents: Sequence[Any]) -> list[TaskSpec | None]:
        """What they come to, task by task; what is wrong is in `problems`."""
        self.shape = shape(documents)
        self._find(self.shape.problems)
        if self.shape.is_batch and not self.batches:
            sentence = "It is a batch, and one task is expected here; submit it to /api/tasks/batch/."
            raise InvalidSpec([Problem((), Code.INVALID_VALUE, sentence).detail()])
        check_sizes(self.shape)
        self._check_defaults()
        specs = [self._validate(task) for task in self.shape.tasks]
        self._check_between(specs)
        return specs

    def _find(self, problems: Iterable[Problem]) -> None:
        room = MOST_PROBLEMS - len(self.problems)
        self.problems.extend(islice(problems, room))

    def _refuse(self, document: int = 0) -> None:
        """Raise what was found, if anything was, each problem with its place in the text.

        `document` is the number of the one that the paths are in, as long as the tasks are not known.
        """
        if not self.problems:
            return
        origins = [self.shape.origin_of(problem.path, document) for problem in self.problems]
        wanted = {origin[:length] for origin in origins for length in range(1, len(origin) + 1)}
        found = self.source.locate(wanted)
        details = []
        for problem, origin in zip(self.problems, origins, strict=True):
            exact = found.get(origin)
            # What is missing has no line; then that of the task or field which should hold it.
            lengths = range(len(origin), 0, -1) if problem.path else ()
            near = next((found[origin[:length]] for length in lengths if origin[:length] in found), None)
            details.append(problem.detail(near.line if near else None, exact.unquoted if exact else None))
        raise InvalidSpec(sorted(details, key=lambda detail: detail.line or 0))

    def _check_defaults(self) -> None:
        """The defaults are judged once, by themselves; a task is judged without the wrong ones."""
        for defaults, _ in self.shape.defaults:
            try:
                Defaults.model_validate(defaults)
            except ValidationError as error:
                self._find(sentences.problems(error, ("defaults",)))
                self._refuse()

    def _validate(self, task: RawTask) -> TaskSpec | None:
        if task.values is None or len(self.problems) >= MOST_PROBLEMS:
            return None
        try:
            spec = TaskSpec.model_validate(task.values)
        except ValidationError as error:
            found = list(islice(sentences.problems(error, task.path), MOST_PROBLEMS))
            self._find(found)
            self._find(self._contradictions(task, found))
            return None
        self._find(self._unfit(spec, task.path))
        return spec

    def _contradictions(self, task: RawTask, found: list[Problem]) -> Iterator[Problem]:
        """Those that the model did not come to, since a single field was wrong already."""
        raw = task.values or {}
        job_type, runtime = raw.get("type", JobType.EXECUTE_TASK), raw.get("runtime")
        if job_type not in _JOB_TYPES or not isinstance(runtime, str | None):
            return
        seen = {problem.path for problem in found}
        given = [name for name in raw if raw[name] or name in RUNTIME_OF]
        for problem in contradictions(given, job_type, runtime):
            if task.path + problem.path not in seen:
                yield Problem(task.path + problem.path, problem.code, problem.message)

    def _unfit(self, spec: TaskSpec, path: Path) -> Iterator[Problem]:
        """What a sound spec asks for and cannot have here."""
        if spec.type not in self.types:
            sentence = f"Jobs of type {spec.type} are submitted to /api/agent-jobs/, not here."
            yield Problem((*path, "type"), Code.INVALID_VALUE, sentence)
        if spec.runtime is not None and spec.runtime not in self.runtimes:
            there_are = ", ".join(sorted(self.runtimes))
            sentence = f"The runtime {spec.runtime} is not available here; there are {there_are}."
            yield Problem((*path, "runtime"), Code.RUNTIME_UNAVAILABLE, sentence)
        yield from for_agents.problems(spec, path, self.tools)
        if spec.prompt is not None:
            yield from for_models.problems(spec, path, self.tools)
        if spec.steps:
            yield from tool_calls.problems(spec, path, self.tools)
            if self.may_refer:
                yield from tool_calls.problems_of_references(spec, path)
            for index, step in enumerate(spec.steps):
                if step.tool == submitting.TOOL.name:
                    yield from self._unfit_children(step, (*tool_calls.place_of(spec, path, index), "args"))

    def _unfit_children(self, step: Step, path: Path) -> Iterator[Problem]:
        """What is wrong with the tasks that a step hands to other jobs, as far as they are written out here."""
        one, several = step.args.get("task"), step.args.get("tasks")
        tasks = [one] if isinstance(one, dict) else several
        if not isinstance(tasks, list) or not tasks or has_references(step.args):
            return
        inner = _Reading(NoSource(None), self.tools, self.runtimes, EXECUTE_TASK_ONLY)
        inner._examine([{"tasks": tasks}])
        for problem in inner.problems:
            place = problem.path if several is tasks else ("task", *problem.path[2:])
            yield replace(problem, path=(*path, *place))

    def _check_between(self, specs: list[TaskSpec | None]) -> None:
        nodes = []
        for task, spec in zip(self.shape.tasks, specs, strict=True):
            raw_key = (task.values or {}).get("key")
            key = spec.key if spec else raw_key if isinstance(raw_key, str) else None
            nodes.append(cycles.Node(key, spec.depends_on if spec else (), task.path))
        self._find(cycles.problems(nodes))

"""/api/tasks/, /api/tasks/batch/ and /api/agent-jobs/: submit and list."""

from __future__ import annotations

from collections.abc import Sequence

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from agents.actor import Actor
from agents.api.views import ApiView
from agents.runtimes import registry
from tasks.api import bodies, paging, queries, waiting
from tasks.api.describing import IDEMPOTENCY_KEY, operation, spec_body, spec_examples
from tasks.api.job_filters import FILTERS, TYPE, matching
from tasks.api.presenting import present
from tasks.api.shapes.job import Job, JobBatch, JobPage
from tasks.idempotency import KeyUsedForSomethingElse
from tasks.spec import TaskSpec, parse, parse_one
from tasks.spec.choices import JobType, RuntimeName
from tasks.submit import Submission, submit
from tasks.submit_at_once import submit_at_once

RUNTIMES = frozenset(RuntimeName(name) for name in registry.names())
TASKS = frozenset({JobType.EXECUTE_TASK})
ALL_TYPES = frozenset(JobType)
REPLAYED = {"Idempotent-Replayed": "true"}
WARNING = "Interlock-Warning"
LIMIT = queries.limit()


class JobList(ApiView):
    """Jobs of some types."""

    types = ALL_TYPES
    filters: tuple[queries.Parameter, ...] = (*FILTERS, TYPE)

    def get(self, request: Request) -> Response:
        asked = queries.read(request, *self.filters, queries.CURSOR, LIMIT)

        def page(actor: Actor) -> JobPage:
            jobs = matching(actor, {"type": list(self.types)} | asked)
            found, cursor = paging.part(jobs, asked["cursor"], asked["limit"])
            return JobPage.model_construct(results=present(found), next=paging.address(request, cursor))

        return Response(self.inside(page))

    def post(self, request: Request) -> Response:
        asked = queries.read(request, waiting.WAIT)
        spec = parse_one(*bodies.document(request), runtimes=RUNTIMES, types=self.types)
        submission, jobs = submitted(self, [spec], request)
        status, headers = _told(submission)
        return waiting.answer(self.actor, jobs[0], asked["wait"], status=status, headers=headers)


@extend_schema_view(
    get=operation(
        "listTasks",
        "List tasks, the newest first",
        tag="tasks",
        query=(*FILTERS, queries.CURSOR, LIMIT),
        answers={200: JobPage},
    ),
    post=operation(
        "submitTask",
        "Submit a task",
        tag="tasks",
        description="A task spec as JSON or YAML; /api/spec-schema/ has its JSON Schema. One wrong field and nothing "
        "is submitted; `errors` names each, with its line.",
        body=spec_body("TaskSpec"),
        query=(waiting.WAIT,),
        headers=(IDEMPOTENCY_KEY,),
        examples=spec_examples(batch=False),
        answers={201: Job, 200: (Job, "The key was used before: the job of then.")},
    ),
)
class Tasks(JobList):
    types = TASKS
    filters = FILTERS


@extend_schema_view(
    get=operation(
        "listAgentJobs",
        "List jobs of all four types, the newest first",
        tag="agent jobs",
        query=(*FILTERS, TYPE, queries.CURSOR, LIMIT),
        answers={200: JobPage},
    ),
    post=operation(
        "submitAgentJob",
        "Submit a job of any type",
        tag="agent jobs",
        description="As for a task, with `type`: `spawn-agent`, `execute-task`, `recover-context` or "
        "`terminate-agent`; the last two name the `agent`.",
        body=spec_body("TaskSpec"),
        query=(waiting.WAIT,),
        headers=(IDEMPOTENCY_KEY,),
        examples=spec_examples(batch=False),
        answers={201: Job, 200: (Job, "The key was used before: the job of then.")},
    ),
)
class AgentJobs(JobList):
    pass


class Batch(ApiView):
    """Many tasks, all or none."""

    @operation(
        "submitBatch",
        "Submit up to 5,000 tasks, all or none",
        tag="tasks",
        description='`{"tasks": […], "defaults": {…}}` as JSON or YAML, up to 1 MiB a job and 32 MiB together. Tasks '
        "may depend on each other by their `key`.",
        body=spec_body("BatchSpec"),
        headers=(IDEMPOTENCY_KEY,),
        examples=spec_examples(batch=True),
        answers={201: JobBatch, 200: (JobBatch, "The key was used before: the jobs of then.")},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        specs = parse(*bodies.document(request), runtimes=RUNTIMES, types=TASKS)
        submission, jobs = submitted(self, specs, request)
        status, headers = _told(submission)
        return Response(JobBatch.model_construct(results=jobs), status=status, headers=headers)


def _told(submission: Submission) -> tuple[int, dict[str, str]]:
    """The status of the answer, and its headers."""
    if submission.repeated:
        return 200, REPLAYED
    return 201, {WARNING: submission.warning} if submission.warning else {}


def submitted(view: ApiView, specs: Sequence[TaskSpec], request: Request) -> tuple[Submission, list[Job]]:
    """Submit, and show what came of it; what the jobs wait for is not looked up, to be quick."""
    key = request.headers.get("Idempotency-Key", "").strip()
    submission = None if key else submit_at_once(view.actor, specs)
    if submission is None:
        submission = view.inside(lambda actor: submit(actor, specs, idempotency_key=key, last=True))
    if not submission.jobs:
        raise KeyUsedForSomethingElse(f"The jobs that the Idempotency-Key {key!r} made are deleted; use a new key.")
    jobs = view.inside(lambda _: present(submission.jobs, explained=False))
    return submission, [job.model_copy(update={"idempotency_key": key}) for job in jobs] if key else jobs

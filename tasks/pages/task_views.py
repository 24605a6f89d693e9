"""/tasks/<id>/ and its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.actor import Actor
from agents.tenancy import as_user
from tasks.models import AgentJob
from tasks.pages import folds, log
from tasks.pages import task as pages_task
from tasks.pages.page import show, signed_in


def find(actor: Actor, id: UUID) -> AgentJob:
    """The job with what its page names; another tenant's is as unknown as any."""
    jobs = AgentJob.objects.select_related("session", "agent", "project", "workspace")
    job: AgentJob = jobs.find(actor, id, "task")
    return job


@require_safe
@signed_in
def task(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    asked = pages_task.Asked(tab=request.GET.get("tab", ""), events=request.GET.get("events", ""))
    seen = pages_task.look(find(actor, id), actor, asked, folds.read(request.COOKIES), timezone.now())
    return show(request, "tasks/detail.html", "tasks/task.html", task=seen)


@require_safe
@signed_in
def task_log(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """The lines behind `after`, to be put at the end of those that the page shows."""
    after = request.GET.get("after", "0")
    lines = log.after(find(actor, id), int(after) if after.isdecimal() and len(after) < 19 else 0)
    if not lines:
        return HttpResponse(status=204)
    return render(request, "tasks/parts/log_lines.html", {"lines": lines})


@require_safe
@signed_in
def log_file(request: HttpRequest, actor: Actor, id: UUID) -> StreamingHttpResponse:
    """The whole log as a file, read bit by bit, each in a short transaction of its own."""
    job = find(actor, id)

    def read(after: int) -> list[tuple[int, str]]:
        with as_user(actor):
            return log.batch(job, after)

    async def text() -> AsyncIterator[str]:
        after = 0
        while chunks := await sync_to_async(read)(after):
            after = chunks[-1][0]
            yield "".join(one if one.endswith("\n") else f"{one}\n" for _, one in chunks)

    headers = {"Content-Disposition": f'attachment; filename="{job.id}.log"'}
    return StreamingHttpResponse(text(), content_type="text/plain; charset=utf-8", headers=headers)

"""Cancel and retry, from the list and from a task's page. A cancel asks first; the verbs decide what may be."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agents.actor import Actor
from agents.models import Session
from tasks import operations
from tasks.models import AgentJob
from tasks.pages import asking
from tasks.pages.page import Toast, done, show, signed_in
from tasks.pages.task_views import find

ASKING = ("components/ask_page.html", "components/ask.html")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    job = find(actor, id)
    if request.method != "POST":
        return show(request, *ASKING, ask=asking.cancel_one(job))
    receipt = operations.cancel(actor, [job.id], reason=request.POST.get("reason", ""))
    return done(request, _said(receipt), reverse("pages:task", args=[job.id]))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel_session(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    session: Session = Session.objects.find(actor, id, "session")
    jobs = AgentJob.objects.for_user(actor).filter(session=session)
    if request.method != "POST":
        return show(request, *ASKING, ask=asking.cancel_session(session, jobs.counts_by_state()))
    open_jobs = list(jobs.open().values_list("pk", flat=True))
    receipt = operations.cancel(actor, open_jobs, reason=request.POST.get("reason", ""))
    return done(request, _said(receipt), reverse("pages:tasks"))


@require_POST
@signed_in
def retry(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    job = find(actor, id)
    operations.retry(actor, [job.id])
    return done(request, Toast(f"“{job.title}” is tried again.", "queued"), reverse("pages:task", args=[job.id]))

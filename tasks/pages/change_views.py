"""Cancel and retry a task, pause, resume and close a session. A danger asks first; the verbs decide what may be."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agents.actor import Actor
from agents.models import Session
from agents.tenancy import say_reason
from tasks import sessions
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.operations.retry import retry
from tasks.pages import asking
from tasks.pages.marks import counted
from tasks.pages.page import Toast, done, show, signed_in
from tasks.pages.task_views import find
from tasks.states import OPEN, State

ASKING = ("components/ask_page.html", "components/ask.html")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel_task(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    job = find(actor, id)
    if request.method != "POST":
        return show(request, *ASKING, ask=asking.cancel_task(job))
    outcome = cancel(actor, job.id, reason=_reason(request)).outcome
    if outcome == "stopping":
        toast = Toast(f"“{job.title}” is being stopped.", "cancelling")
    else:
        toast = Toast(f"“{job.title}” was cancelled before it started.", "cancelled")
    return done(request, toast, reverse("pages:task", args=[job.id]))


@require_POST
@signed_in
def retry_task(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    job = retry(actor, id)
    toast = Toast(f"“{job.title}” waits to be tried again.", job.state)
    return done(request, toast, reverse("pages:task", args=[job.id]))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def close_session(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    session: Session = Session.objects.find(actor, id, "session")
    counts = AgentJob.objects.for_user(actor).filter(session=session).counts_by_state()
    if request.method != "POST":
        return show(request, *ASKING, ask=asking.close_session(session, counts))
    mode = request.POST.get("answer", "drain")
    sessions.close(actor, session.id, mode=mode, reason=_reason(request))
    return done(request, _closed(session, counts, mode), reverse("pages:tasks"))


@require_POST
@signed_in
def pause_session(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    session = sessions.pause(actor, id)
    return done(request, Toast(f"{session.name} is paused; what runs goes on.", "suspended"), reverse("pages:tasks"))


@require_POST
@signed_in
def resume_session(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    session = sessions.resume(actor, id)
    return done(request, Toast(f"{session.name} goes on.", "running"), reverse("pages:tasks"))


def _reason(request: HttpRequest) -> str:
    """What the person wrote as the reason, which the events of this change carry too."""
    reason = request.POST.get("reason", "").strip()[:500]
    say_reason(reason)
    return reason


def _closed(session: Session, counts: dict[str, int], mode: str) -> Toast:
    running = counts.get(State.RUNNING, 0)
    waiting = sum(counts.get(state, 0) for state in OPEN) - running
    if mode != "cancel":
        return Toast(f"{session.name} is closed; {counted(waiting + running, 'task')} may still end.", "completed")
    said = [f"{counted(waiting, 'task')} cancelled"] if waiting else []
    said += [f"{counted(running, 'running one')} being stopped"] if running else []
    return Toast(f"{session.name} is closed" + (f": {', '.join(said)}." if said else "."), "cancelled")

"""/tasks/new/: a spec written in the browser, through the same door as every other."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agents.actor import Actor
from agents.errors import InterlockError
from tasks.models import AgentJob
from tasks.pages import new, places, search
from tasks.pages.marks import counted
from tasks.pages.page import Toast, gone_to, show, signed_in
from tasks.pages.places import Place
from tasks.spec import TaskSpec, parse
from tasks.submit import submit


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_task(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The editor; a POST submits what it holds."""
    place = places.find(request, actor)
    if request.method != "POST":
        page = new.page(place, new.example(request.GET.get("example", "")).text, request.GET.get("example", ""))
        return show(request, "tasks/new.html", "tasks/new.html", new=page, place=place)
    text = request.POST.get("spec", "")
    try:
        jobs = submit(actor, _in_place(place, parse(text))).jobs
    except InterlockError as error:
        page = new.page(place, text, "", new.mistakes(error))
        return show(request, "tasks/new.html", "tasks/verdict.html", new=page, verdict=page.verdict, place=place)
    return gone_to(request, Toast(f"{counted(len(jobs), 'task')} submitted."), _where(place, jobs))


@require_POST
@signed_in
def check(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the checker says of the spec as it stands; nothing is submitted."""
    text = request.POST.get("spec", "")
    return render(request, "tasks/verdict.html", {"verdict": new.verdict(text)})


def _in_place(place: Place, specs: Sequence[TaskSpec]) -> list[TaskSpec]:
    """What the spec does not say is where the person looks."""
    here = {"workspace": place.workspace.slug, "project": place.project.slug if place.project else None}
    return [
        spec.model_copy(update={name: value for name, value in here.items() if value and not getattr(spec, name)})
        for spec in specs
    ]


def _where(place: Place, jobs: Sequence[AgentJob]) -> str:
    if len(jobs) == 1:
        return reverse("pages:task", args=[jobs[0].id])
    names = sorted({job.session.name for job in jobs})
    q = str(search.Term("session", tuple(names)))
    return reverse("pages:tasks") + place.query(q=q)

"""/tasks/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.actor import Actor
from tasks.pages import folds, monitor, places, reading
from tasks.pages.page import show, signed_in


@require_safe
@signed_in
def tasks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The live monitor, grouped by session."""
    place = places.find(request, actor)
    asked = reading.Asked(
        q=request.GET.get("q", ""),
        tab=request.GET.get("state", ""),
        after=request.GET.get("after", ""),
        seen=request.GET.get("seen", ""),
    )
    seen = monitor.look(reading.read(place, asked, folds.read(request.COOKIES), timezone.now()))
    return show(request, "tasks/list.html", "tasks/monitor.html", monitor=seen, place=place)

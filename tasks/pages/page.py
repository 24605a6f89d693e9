"""The frame of every page, who may see it, and how a refusal is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from agents import actor as actors
from agents.actor import Actor
from agents.api.problems import of_error
from agents.errors import InterlockError, NotAllowed, NotFound
from agents.tenancy import as_user
from tasks.pages.navigation import navigation

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
ActorView = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


@dataclass(frozen=True)
class Toast:
    """What happened, in one sentence. `kind` is the state whose icon and colour it takes."""

    text: str
    kind: str = "completed"


def is_part(request: HttpRequest) -> bool:
    """Whether a page asks for a piece of itself, and not a browser for a page."""
    return request.headers.get("HX-Request") == "true"


def signed_in(view: ActorView[P]) -> View[P]:
    """The view with the actor of the signed-in person, inside their tenancy; refusals become pages or problems."""

    @wraps(view)
    def signed(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        try:
            with as_user(actors.of_user(request.user)) as actor:
                return view(request, actor, *args, **kwargs)
        except InterlockError as error:
            return refused(request, error)

    return signed


def show(request: HttpRequest, template: str, part: str, **context: Any) -> HttpResponse:
    """The page, or only its live part where a page asks for that."""
    chosen = part if is_part(request) else template
    response = render(request, chosen, frame(request) | context)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    response["Cache-Control"] = "no-store"
    return response


def frame(request: HttpRequest) -> dict[str, Any]:
    """What base.html needs."""
    return {
        "theme": theme_of(request),
        "keys_off": request.COOKIES.get("keys") == "off",
        "now_ms": int(timezone.now().timestamp() * 1000),
        "nav": navigation(request),
    }


def theme_of(request: HttpRequest) -> str:
    """What the person chose; nothing where the page looks as the system does."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in ("light", "dark") else ""


def done(request: HttpRequest, toast: Toast, back: str) -> HttpResponse:
    """The answer to a change: the page stays, says what happened and fetches itself again."""
    if not is_part(request):
        messages.success(request, toast.text, extra_tags=toast.kind)
        return HttpResponseRedirect(back)
    events = {"toast": {"text": toast.text, "kind": toast.kind}, "close-dialog": True, "refresh-all": True}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(events)})


def gone_to(request: HttpRequest, toast: Toast, url: str) -> HttpResponse:
    """The answer to a change after which the person is elsewhere."""
    messages.success(request, toast.text, extra_tags=toast.kind)
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_part(request) else HttpResponseRedirect(url)


def refused(request: HttpRequest, error: InterlockError) -> HttpResponse:
    """A refusal as a page shows it: a toast to a part of a page, else the error page, else back with the sentence."""
    if is_part(request):
        return of_error(error).response()
    if isinstance(error, NotFound):
        raise Http404(error.message)
    if isinstance(error, NotAllowed):
        raise PermissionDenied(error.message)
    messages.error(request, error.message, extra_tags="failed")
    return HttpResponseRedirect(reverse("pages:tasks"))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if not is_part(request):
        return redirect_to_login(request.get_full_path(), reverse("login"))
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    target = redirect_to_login(f"{shown.path or '/'}{'?' + shown.query if shown.query else ''}", reverse("login")).url
    return HttpResponse(status=204, headers={"HX-Redirect": target})

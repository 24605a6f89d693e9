"""What Django answers where no view does: problems under /api/, pages elsewhere."""

from __future__ import annotations

import sys

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import defaults

from agents.api.problems import InternalError, of_error, of_exception
from agents.errors import InvalidInput, NotAllowed, NotFound


def is_api(request: HttpRequest) -> bool:
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        problem = of_exception(exception) or of_error(InvalidInput("The request cannot be read."))
        return problem.response()
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return of_error(NotAllowed("You may not do this.")).response()
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return of_error(NotFound("There is nothing at this path; /api/docs/ lists what there is.")).response()
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        # Middleware met it, outside of any view: Django calls this while it handles the exception.
        known = of_exception(sys.exc_info()[1] or Exception())
        return (known or of_error(InternalError("It is in the server's log; ask whoever runs it."))).response()
    return defaults.server_error(request)
